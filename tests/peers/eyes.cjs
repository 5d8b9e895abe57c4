// A page in a browser as a reader has it before the eyes, and what is amiss with it.
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

async function fits(shown) {
  await shown.setViewportSize({ width: WIDTHS.narrow, height: 800 });
  const width = await shown.evaluate(() => document.documentElement.scrollWidth);
  holds(`a page of ${width} on a screen of ${WIDTHS.narrow}`, width <= WIDTHS.narrow);
  await looksThrough(shown, "narrow");
  await shown.setViewportSize({ width: WIDTHS.wide, height: 900 });
}

async function prints(shown, directory) {
  const file = path.join(directory, "printed.pdf");
  await shown.pdf({ path: file, preferCSSPageSize: true, printBackground: true });
  holds("what is printed is a PDF", fs.readFileSync(file).subarray(0, 5).toString() === "%PDF-");
  await shown.emulateMedia({ media: "print" });
  holds("controls are not printed", await shown.locator("button:visible").count() === 0);
  await shown.setViewportSize({ width: WIDTHS.paper, height: 1000 });
  const width = await shown.evaluate(() => document.documentElement.scrollWidth);
  holds(`${width} on paper that has ${WIDTHS.paper}`, width <= WIDTHS.paper);
  holds("nothing is cut off on paper", !await shown.locator(".scroll:visible, pre:visible").evaluateAll(
    (parts) => parts.some((part) => part.scrollWidth > part.clientWidth + 1)));
  await shown.emulateMedia({ media: null });
}

function chromiumOnThePath() {
  return process.env.PATH.split(path.delimiter).map((place) => path.join(place, "chromium")).find(fs.existsSync);
}

// Runs what looks at the page of the first argument, with the directory of the second, and prints what it found amiss.
function look(reads) {
  const [file, directory] = process.argv.slice(2);
  const page = pathToFileURL(path.resolve(file)).href;
  const run = async () => {
    // Within a container a browser has no sandbox and little shared memory; it opens nothing but this page.
    const browser = await chromium.launch({
      executablePath: chromiumOnThePath(), args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
    await reads(browser, page, directory);
    await browser.close();
    for (const line of amiss) console.log(line);
  };
  run().catch((error) => { console.log(error.stack); process.exit(1); });
}

module.exports = { fits, holds, look, looksThrough, opened, prints };
