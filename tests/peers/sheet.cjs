// Any page of ours as a reader has it before the eyes: light, dark, narrow, printed, and looked through by axe.
// node sheet.cjs PAGE.html DIRECTORY: says what is amiss, a line each; what it prints lands in the directory.
"use strict";

const { fits, holds, look, looksThrough, opened, prints } = require("./eyes.cjs");

const paper = (shown) => shown.evaluate(() => getComputedStyle(document.body).backgroundColor);

look(async (browser, page, directory) => {
  const shown = await opened(browser, page);
  await looksThrough(shown, "light");
  await fits(shown);
  const dark = await opened(browser, page, { colorScheme: "dark" });
  holds("the paper is dark where the reader wants it so", await paper(dark) !== await paper(shown));
  await looksThrough(dark, "dark");
  await prints(dark, directory);
  const still = await opened(browser, page, { javaScriptEnabled: false });
  holds("a heading stands there without a script", await still.locator("h1").isVisible());
  holds("no control without a script", await still.locator("button:visible, select:visible").count() === 0);
});
