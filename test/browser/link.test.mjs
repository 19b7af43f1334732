// Whose an account is, by keyboard alone.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect, launch, startDemo, watch } from "./demo.mjs";

let demo, browser, page, complaints;

before(async () => {
  demo = await startDemo();
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  complaints = watch(page, new URL(demo.url).origin);
  await page.goto(demo.url);
  await page.waitForSelector('main[data-page="overview"]'); // where the door leads; a page asked for before that would be left again
});

after(async () => {
  await browser?.close();
  assert.equal(await demo?.stop(), 0);
});

const press = (key) => page.keyboard.press(key);
const focused = (selector) => page.waitForFunction((s) => document.activeElement?.matches(s), selector);

test("a person is found while one types, chosen with the arrows and linked", async () => {
  const origin = new URL(demo.url).origin;
  await page.goto(`${origin}/people?state=left`);
  const name = (await page.locator("a[data-row]").first().textContent()).trim();
  await page.goto(`${origin}/findings?kind=orphaned`);
  const account = (await page.locator("a[data-row][aria-current]").textContent()).trim();
  await press("l");
  const dialog = page.locator("dialog[open]");
  await dialog.waitFor();
  await dialog.locator("[data-pick]").focus();
  await page.keyboard.type(name);
  await press("Enter");
  await focused("dialog[open] input[type=radio]:checked");
  const chosen = await dialog.locator("label:has(:checked)").innerText();
  assert.ok(chosen.includes(name) && /left/.test(chosen) && chosen.includes("They have left"), chosen);
  await inspect(page, "link-chosen");
  await press("ArrowUp");
  await focused("dialog[open] [data-pick]");
  await press("ArrowDown");
  await focused("dialog[open] input[type=radio]:checked");
  await press("Enter");
  await focused("dialog[open] [name=reason]");
  await page.keyboard.type("asked the team");
  await press("Enter");
  await dialog.waitFor({ state: "hidden" });
  await page.goto(`${origin}/decisions`);
  const row = page.locator("tr", { hasText: account });
  assert.ok((await row.innerText()).includes(name), "the link is listed");
  assert.deepEqual(complaints, []);
});
