import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import axe from "axe-core";
import { launch, shots, startDemo, watch } from "./demo.mjs";

let demo, browser, origin, state;

before(async () => {
  demo = await startDemo();
  origin = new URL(demo.url).origin;
  browser = await launch();
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints = watch(page, origin);
  await page.goto(demo.url);
  await page.waitForSelector('main[data-page="overview"]');
  assert.deepEqual(complaints, []);
  state = await context.storageState(); // the session, for the contexts of all tests
  await context.close();
});

after(async () => {
  await browser?.close();
  assert.equal(await demo?.stop(), 0, "the demo ends with 0 when it is interrupted");
});

/** Runs fn on a fresh page and then demands that the page gave no cause for complaint. */
async function onPage(options, fn) {
  const context = await browser.newContext({ storageState: state, viewport: { width: 1440, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints = watch(page, origin);
  try {
    await fn(page);
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
  }
}

const current = (page) => page.locator("a[data-row][aria-current]").getAttribute("href");

async function openFindings(page) {
  await page.goto(origin + "/");
  await page.click("#nav-findings");
  await page.waitForSelector('main[data-page="findings"]');
}

/** Waits until the detail shows the row that is marked. */
async function detailOf(page, row) {
  const name = (await row.innerText()).trim();
  await page.locator("#detail header", { hasText: name }).waitFor();
}

test("the address opens one session and does not stay in the address bar", async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(demo.url);
  assert.equal(await page.locator("main[data-page]").count(), 0, "the printed address worked a second time");
  await context.close();
  await onPage({}, async (page) => {
    await page.goto(origin + "/");
    assert.equal(page.url(), origin + "/");
    assert.equal(await page.title(), "Overview · Rollcall");
  });
});

test("the overview lists the tenants and leads to the findings", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/");
    assert.ok((await page.locator("main table.rows tbody tr").count()) >= 2, "fewer than two tenants");
    await page.click("#nav-findings");
    await page.waitForSelector('main[data-page="findings"]');
    assert.equal(await page.title(), "Findings · Rollcall");
  });
});

test("a click on a finding shows why, beside the list", async () => {
  await onPage({}, async (page) => {
    await openFindings(page);
    const row = page.locator("a[data-row]").nth(2);
    await row.click();
    await detailOf(page, row);
    assert.equal(await current(page), await row.getAttribute("href"));
    assert.equal(await page.locator("#detail #why-title").count(), 1);
    assert.ok((await page.locator("a[data-row]").count()) > 2, "the list went away");
    await page.reload();
    await detailOf(page, page.locator("a[data-row][aria-current]"));
  });
});

test("j and k move through the findings, Enter reads, Escape goes back", async () => {
  await onPage({}, async (page) => {
    await openFindings(page);
    const rows = page.locator("a[data-row]");
    await rows.nth(0).click();
    await detailOf(page, rows.nth(0));
    for (const [key, at] of [["j", 1], ["j", 2], ["k", 1]]) {
      await page.keyboard.press(key);
      await detailOf(page, rows.nth(at));
      assert.equal(await current(page), await rows.nth(at).getAttribute("href"), `after ${key}`);
    }
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.closest("#detail"));
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.matches("a[data-row][aria-current]"));
  });
});

test("a filter and a search narrow the list, and the address keeps them", async () => {
  await onPage({}, async (page) => {
    await openFindings(page);
    await page.locator("#filters a.chip").nth(1).click();
    await page.waitForURL(/kind=/);
    await page.fill("#search", "nobody-has-this-name");
    await page.waitForURL(/q=nobody/);
    await page.locator("#page .empty-state").waitFor();
    await page.reload();
    await page.locator("#page .empty-state").waitFor();
  });
});

test("from a finding to a finished run and its undo, by keyboard alone", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/findings?kind=leaver-still-active");
    const name = (await page.locator("a[data-row][aria-current]").innerText()).trim();
    await page.keyboard.press("d");
    await page.locator("#plan-button", { hasText: "Plan 1 staged" }).waitFor();
    await page.keyboard.press("p");
    await page.keyboard.type("HD-4812");
    await inspect(page, "plan-staged");
    await page.keyboard.press("Enter");
    await page.waitForSelector('main[data-page="plan"]');
    assert.equal(await page.locator(".plan-rows tbody th", { hasText: name }).count(), 1);
    await page.keyboard.press("r");
    await inspect(page, "plan-run");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".run-words", { hasText: "1 confirmed" }).waitFor();
    await page.locator("#undo-button").waitFor();
    await page.keyboard.press("u");
    await page.locator("#run-button", { hasText: "Reactivate 1 account" }).waitFor();
  });
});

const looks = [
  { theme: "light", width: 1100, height: 700 },
  { theme: "dark", width: 1100, height: 700 },
  { theme: "light", width: 1440, height: 900 },
  { theme: "dark", width: 1440, height: 900 },
];

for (const { theme, width, height } of looks) {
  test(`accessible and whole: ${theme}, ${width}×${height}`, async () => {
    await onPage({ colorScheme: theme, reducedMotion: "reduce", viewport: { width, height } }, async (page) => {
      await page.goto(origin + "/");
      await inspect(page, `overview-${theme}-${width}`);
      await openFindings(page);
      const row = page.locator("a[data-row]").nth(1);
      await row.click();
      await detailOf(page, row);
      await inspect(page, `findings-${theme}-${width}`);
      await page.click("#nav-tenants");
      await page.waitForSelector('main[data-page="tenants"]');
      await inspect(page, `tenants-${theme}-${width}`);
      await page.locator(".tenants tbody a").first().click();
      await page.waitForSelector('main[data-page="tenant"] #detail h2');
      await inspect(page, `accounts-${theme}-${width}`);
      for (const part of ["Groups", "Syncs", "Settings"]) {
        await page.locator(".filters a.chip", { hasText: part }).click();
        await page.locator(".filters a.chip[aria-current]", { hasText: part }).waitFor();
        await inspect(page, `${part.toLowerCase()}-${theme}-${width}`);
      }
      await page.goto(origin + "/plans");
      await inspect(page, `plans-${theme}-${width}`);
      await page.locator("main table a").first().click();
      await page.waitForSelector('main[data-page="plan"]');
      await page.locator(".plan-rows summary").first().click();
      await inspect(page, `plan-${theme}-${width}`);
    });
  });
}

/** Photographs the page, asks axe, and looks for what sticks out to the right. */
async function inspect(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(shots, `${name}.png`) });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(wide <= 0, `${name}: the page is ${wide} px wider than the window`);
  await page.evaluate(axe.source);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  assert.ok(passes.length > 15, `${name}: axe found only ${passes.length} rules to apply`);
  const grave = violations.filter((v) => ["serious", "critical"].includes(v.impact));
  const told = grave.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `  ${n.html}\n  ${n.failureSummary}`).join("\n")}`);
  assert.equal(told.join("\n"), "", `${name}: axe finds serious problems`);
}
