"use strict";
{
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  root.classList.add("runs");

  const isDark = () => root.dataset.theme
    ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = at("theme");
  const nameTheme = () => { theme.textContent = isDark() ? "Light colours" : "Dark colours"; };
  theme.addEventListener("click", () => { root.dataset.theme = isDark() ? "light" : "dark"; nameTheme(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  nameTheme();

  // Nothing is filtered yet: a long page opens sooner when nothing is touched.
  const [verdict, level, words] = [at("by-verdict"), at("by-level"), at("by-words")];
  const rows = all("tr[data-v]"), others = all("[data-v]:not(tr)");
  const said = new Map();
  const text = (element) => {
    if (!said.has(element)) {
      const part = element.tagName === "DETAILS" ? element.querySelector("summary") : element;
      said.set(element, part.textContent.toLowerCase());
    }
    return said.get(element);
  };
  const fits = (element, wanted) => (!verdict.value || element.dataset.v === verdict.value)
    && (!level.value || !element.dataset.l || element.dataset.l === level.value)
    && (!wanted || text(element).includes(wanted));
  const filter = () => {
    const wanted = words.value.trim().toLowerCase();
    for (const element of [...rows, ...others]) element.hidden = !fits(element, wanted);
    for (const body of all("tbody[data-f]")) body.hidden = !body.querySelector("tr[data-v]:not([hidden])");
    const shown = rows.filter((row) => !row.hidden).length;
    at("shown").textContent = `${shown} of ${rows.length} requirements shown`;
  };
  const unfilter = () => { verdict.value = level.value = words.value = ""; filter(); };
  verdict.addEventListener("change", filter);
  level.addEventListener("change", filter);
  words.addEventListener("input", filter);
  at("all").addEventListener("click", unfilter);

  const reveal = () => {
    const target = at(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) unfilter();
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  const copy = async (source) => {
    try {
      await navigator.clipboard.writeText(source.textContent);
      return true;
    } catch {
      source.closest("details").open = true;
      getSelection().selectAllChildren(source);
      return document.execCommand("copy");
    }
  };
  for (const button of all("[data-copies]")) {
    button.addEventListener("click", async () => {
      const is = await copy(at(button.dataset.copies));
      button.nextElementSibling.textContent = is ? "copied" : "selected: copy it with the keyboard";
    });
  }
}
