// report.html as a reader has it before the eyes: filtered, followed, darkened, printed, and looked through by axe.
// node page.cjs REPORT.html DIRECTORY: says what is amiss, a line each; what it prints lands in the directory.
"use strict";

const { fits, holds, look, looksThrough, opened, prints } = require("./eyes.cjs");

async function filters(shown) {
  const visible = () => shown.locator("tr[data-v]:visible").count();
  const all = await visible();
  await shown.locator("#by-verdict").selectOption("fail");
  const failed = await visible();
  holds(`of ${all} rows ${failed} are left that fail`, failed > 0 && failed < all);
  holds("a finding of another verdict is left", await shown.locator("article[data-v]:not([data-v=fail]):visible").count() === 0);
  await shown.locator("#by-level").selectOption("INTEROP");
  holds("a MUST is left", await shown.locator("tr[data-l=MUST]:visible").count() === 0);
  await shown.locator("#all").click();
  await shown.locator("#by-words").fill("crlf");
  holds("a search for crlf leaves one row", await visible() === 1);
  holds("what is shown is counted", (await shown.locator("#shown").textContent()).startsWith("1 of "));
  await shown.locator("#all").click();
  holds("all rows are back", await visible() === all);
}

async function follows(shown) {
  const arrow = shown.locator("details.talk[open] svg a").nth(1);
  const entry = await arrow.getAttribute("href");
  await arrow.focus();
  await shown.keyboard.press("Enter");
  const bytes = shown.locator(`${entry} pre`).first();
  holds(`${entry} is in sight`, await bytes.isVisible() && (await bytes.textContent()).includes("HTTP/1."));
  const folded = shown.locator("details.talk:not([open])").first();
  const inner = await folded.locator("section").first().getAttribute("id");
  await shown.evaluate((id) => { location.hash = id; }, inner);
  await shown.waitForFunction((id) => document.getElementById(id).checkVisibility(), inner);
}

async function darkens(shown) {
  const paper = () => shown.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await shown.locator("#theme").click();
  holds("the switch changes the paper", await paper() !== light);
  await looksThrough(shown, "dark");
  await shown.locator("#theme").click();
  holds("the switch goes back", await paper() === light);
}

async function copies(shown) {
  const button = shown.locator("[data-copies]").first();
  await button.click();
  await shown.waitForFunction(() => document.querySelector("[data-copies]").nextElementSibling.textContent !== "");
  const copied = await shown.evaluate(() => navigator.clipboard.readText());
  holds(`the ticket is copied, not ${copied.slice(0, 40)}`, copied.startsWith("### ") && copied.includes("```"));
}

async function saysWhatIsNotPrinted(shown) {
  await shown.emulateMedia({ media: "print" });
  holds("that folded parts are left out is said", await shown.locator(".printed").isVisible());
  await shown.emulateMedia({ media: null });
}

async function readsWithoutScript(browser, page) {
  const shown = await opened(browser, page, { javaScriptEnabled: false });
  holds("no control without a script", await shown.locator("button:visible, select:visible").count() === 0);
  holds("the findings stand there", await shown.locator("article[data-v=fail]").first().isVisible());
  const folded = `#${await shown.locator("details.talk:not([open]) section").first().getAttribute("id")}`;
  await shown.goto(page + folded);
  holds("a link opens what is folded", await shown.locator(folded).isVisible());
  await shown.context().close();
}

look(async (browser, page, directory) => {
  const shown = await opened(browser, page, { permissions: ["clipboard-read", "clipboard-write"] });
  await looksThrough(shown, "light");
  for (const act of [filters, follows, darkens, copies, fits, saysWhatIsNotPrinted]) await act(shown);
  await prints(shown, directory);
  await readsWithoutScript(browser, page);
});
