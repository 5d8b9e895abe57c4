// report.html as a reader has it before the eyes: filtered, followed, darkened, printed, and looked through by axe.
// node page.cjs REPORT.html DIRECTORY: says what is amiss, a line each; what it prints lands in the directory.
"use strict";

const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const { chromium } = require("playwright-core");

const AXE = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
// The last is an A4 page within its margins.
const WIDTHS = { wide: 1100, narrow: 360, paper: 680 };
const amiss = [];

function holds(what, is) {
  if (!is) amiss.push(what);
}

async function opened(browser, page, options) {
  const context = await browser.newContext({ viewport: { width: WIDTHS.wide, height: 900 }, ...options });
  const shown = await context.newPage();
  shown.on("console", (message) => amiss.push(`the console says: ${message.text()}`));
  shown.on("pageerror", (error) => amiss.push(`an error: ${error.message}`));
  shown.on("request", (request) => holds(`${request.url()} is loaded`, request.url().startsWith("file:")));
  await shown.goto(page);
  return shown;
}

async function looksThrough(shown, what) {
  await shown.evaluate(AXE);
  const { violations } = await shown.evaluate(() => axe.run(document));
  for (const { impact, id, nodes } of violations) {
    if (["serious", "critical"].includes(impact)) amiss.push(`axe, ${what}: ${id} in ${nodes[0].html.slice(0, 120)}`);
  }
}

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
  holds(`${entry} is in sight`, await bytes.isVisible() && (await bytes.textContent()).includes("HTTP/1.1"));
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

async function fits(shown) {
  await shown.setViewportSize({ width: WIDTHS.narrow, height: 800 });
  const width = await shown.evaluate(() => document.documentElement.scrollWidth);
  holds(`a page of ${width} on a screen of ${WIDTHS.narrow}`, width <= WIDTHS.narrow);
  await looksThrough(shown, "narrow");
  await shown.setViewportSize({ width: WIDTHS.wide, height: 900 });
}

async function prints(shown, directory) {
  const file = path.join(directory, "report.pdf");
  await shown.pdf({ path: file, preferCSSPageSize: true, printBackground: true });
  holds("what is printed is a PDF", fs.readFileSync(file).subarray(0, 5).toString() === "%PDF-");
  await shown.emulateMedia({ media: "print" });
  holds("controls are not printed", await shown.locator("button:visible").count() === 0);
  holds("that folded parts are left out is said", await shown.locator(".printed").isVisible());
  await shown.setViewportSize({ width: WIDTHS.paper, height: 1000 });
  const width = await shown.evaluate(() => document.documentElement.scrollWidth);
  holds(`${width} on paper that has ${WIDTHS.paper}`, width <= WIDTHS.paper);
  holds("nothing is cut off on paper", !await shown.locator(".scroll:visible, pre:visible").evaluateAll(
    (parts) => parts.some((part) => part.scrollWidth > part.clientWidth + 1)));
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

function chromiumOnThePath() {
  return process.env.PATH.split(path.delimiter).map((place) => path.join(place, "chromium")).find(fs.existsSync);
}

async function main([report, directory]) {
  const page = pathToFileURL(path.resolve(report)).href;
  // Within a container a browser has no sandbox and little shared memory; it opens nothing but this page.
  const browser = await chromium.launch({
    executablePath: chromiumOnThePath(), args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
  const shown = await opened(browser, page, { permissions: ["clipboard-read", "clipboard-write"] });
  await looksThrough(shown, "light");
  for (const act of [filters, follows, darkens, copies, fits]) await act(shown);
  await prints(shown, directory);
  await readsWithoutScript(browser, page);
  await browser.close();
  for (const line of amiss) console.log(line);
}

main(process.argv.slice(2)).catch((error) => { console.log(error.stack); process.exit(1); });
