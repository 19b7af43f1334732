// Where things stand: rows keep their height, columns and buttons their place.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { inspect, launch, startDemo, watch } from "./demo.mjs";

let demo, browser, page, origin, complaints;

before(async () => {
  demo = await startDemo();
  origin = new URL(demo.url).origin;
  browser = await launch();
  page = await (await browser.newContext({ reducedMotion: "reduce" })).newPage();
  await page.goto(demo.url);
  await page.waitForSelector('main[data-page="overview"]');
  complaints = watch(page, origin);
});

after(async () => {
  await browser?.close();
  assert.equal(await demo?.stop(), 0);
});

const sizes = [[1100, 700], [1280, 820], [1440, 900]];

/** Opens a page in one of the sizes. */
async function visit(path, [width, height]) {
  await page.setViewportSize({ width, height });
  await page.goto(new URL(path, origin).href);
  await page.evaluate(() => document.fonts.ready);
}

const boxes = (selector) => page.locator(selector).evaluateAll((all) => all.map((e) => e.getBoundingClientRect().toJSON()));

test("what is empty begins at the top", async () => {
  for (const size of sizes) {
    for (const path of ["/findings?q=nobody-of-that-name", "/people?q=nobody-of-that-name", "/record?q=nobody-of-that-name"]) {
      await visit(path, size);
      const [box] = await boxes(".empty-state :is(p:last-child, .btn)");
      const [head] = await boxes(".empty-state h2");
      assert.ok(box.bottom - head.top < 160, `${path}, ${size}: the words are ${box.bottom - head.top} px apart`);
    }
  }
});

test("an address that leads nowhere keeps the way to the pages", async () => {
  complaints.length = 0;
  await visit("/nowhere", sizes[1]);
  await inspect(page, "missing");
  assert.equal(await page.locator("#nav-overview").count(), 1);
  assert.deepEqual(complaints.splice(0).filter((c) => !c.includes("404")), []);
});

test("findings say why in one line from 1280 px on", async () => {
  for (const size of sizes.slice(1)) {
    await visit("/findings", size);
    const cut = await page.locator("tbody td.why").evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText));
    assert.deepEqual(cut, [], `${size}: reasons do not fit`);
    const why = new Set(await page.locator("tbody td.why").allInnerTexts());
    assert.ok(why.size >= 5, `${size}: all reasons read alike: ${[...why]}`);
  }
});

test("staging leaves the buttons of a finding where they are", async () => {
  for (const size of sizes) {
    await visit("/findings?kind=leaver-still-active", size);
    const before = await boxes("#detail .acts .btn");
    await page.keyboard.press("d");
    await page.locator("#plan-button", { hasText: "Plan 1 staged" }).waitFor();
    const staged = await boxes("#detail .acts .btn");
    assert.deepEqual(staged.map((b) => [b.x, b.y]), before.map((b) => [b.x, b.y]), `${size}`);
    await page.keyboard.press("d");
    await page.locator("#plan-button").waitFor({ state: "detached" });
  }
});

test("members of a group keep their names whole", async () => {
  await visit("/tenants", sizes[0]);
  await page.locator(".tenants tbody a").first().click();
  await page.locator(".filters a.chip", { hasText: "Groups" }).click();
  await page.locator(".members li").first().waitFor();
  for (const box of await boxes(".members li:not([id])")) assert.ok(box.height <= 44, `a member is ${box.height} px high`);
});

test("the keys fit into a low window", async () => {
  await visit("/", sizes[0]);
  await page.keyboard.press("?");
  await page.locator("#keys[open]").waitFor();
  assert.ok(await page.locator("#keys").evaluate((d) => d.scrollHeight <= d.clientHeight && d.getBoundingClientRect().bottom <= innerHeight));
  await inspect(page, "keys");
});

test("w shows all times exactly, on every page, until it is pressed again", async () => {
  const exact = () => page.locator("main time[title]:not([title=''])").evaluateAll((all) => all.map((t) => /\d{4}, \d\d:\d\d:\d\d/.test(t.textContent)));
  const refreshed = () => page.evaluate(() => new Promise((done) => {
    document.addEventListener("htmx:after:swap", () => setTimeout(done), { once: true });
    document.dispatchEvent(new Event("rollcall-changed"));
  }));
  await visit("/findings", sizes[0]);
  assert.ok(!(await exact()).includes(true));
  await page.keyboard.press("w");
  const uncut = async (what) => {
    const cells = page.locator("td:has(time), thead th, .tenants a.hit");
    assert.deepEqual(await cells.evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText)), [], `${what}: words are cut`);
  };
  for (const path of ["/findings", "/", "/tenants", "/record", "/decisions"]) {
    await visit(path, sizes[0]);
    await refreshed();
    const now = await exact();
    assert.ok(now.length > 0 && !now.includes(false), `${path}: ${now}`);
    await uncut(path);
  }
  await visit("/tenants", sizes[0]);
  await page.locator(".tenants a.hit").first().click();
  await page.waitForSelector('main[data-page="tenant"] tbody tr[data-key], main[data-page="tenant"] a[data-row]');
  await uncut("accounts");
  await inspect(page, "exact-times");
  await page.keyboard.press("w");
  assert.ok(!(await exact()).includes(true));
});

test("a plan has low rows that cut no words, and the same columns before and after its run", async () => {
  await visit("/findings?kind=orphaned&tenant=Acme+Chat", sizes[2]);
  const marks = page.locator("input.mark:not(:disabled)");
  for (let i = 0; i < 3; i++) await marks.nth(i).click();
  await page.locator("#plan-button", { hasText: "Plan 3 staged" }).waitFor();
  await page.keyboard.press("p");
  await page.keyboard.type("HD-5001");
  await page.keyboard.press("Enter");
  await page.waitForSelector('main[data-page="plan"]');
  const look = async (size) => {
    await visit(page.url(), size);
    const rows = await boxes(".plan-rows tbody tr:not(.group)");
    assert.equal(rows.length, 3);
    for (const row of rows) assert.ok(row.height >= 36 && row.height <= 44, `${size}: a row is ${row.height} px high`);
    const decides = page.locator(".plan-rows tbody td:nth-child(n + 3), .plan-rows .said .context");
    assert.deepEqual(await decides.evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText)), [], `${size}: words are cut`);
    return (await boxes(".plan-rows thead th")).map((b) => b.x);
  };
  const columns = [];
  for (const size of sizes) columns.push(await look(size));
  await page.locator(".plan-rows summary").first().click();
  await page.locator(".call[open] .words", { hasText: "Nobody on the roster has the" }).first().waitFor();
  await inspect(page, "plan-opened");
  await page.keyboard.press("r");
  await page.locator("#run-dialog button[type=submit]").click();
  await page.locator("#undo-button").waitFor();
  for (const [i, size] of sizes.entries()) assert.deepEqual(await look(size), columns[i], `${size}: the columns moved`);
  await inspect(page, "plan-ran");
  assert.deepEqual(complaints, []);
});

// 200 % in the smallest window; tables may scroll sideways by themselves.
test("zoomed, every page can be read without scrolling it sideways", async () => {
  const zoomed = [550, 350];
  await visit("/tenants", zoomed);
  const tenant = await page.locator("main a[href^='/tenants/']").first().getAttribute("href");
  await visit("/plans", zoomed);
  const plan = await page.locator("main a[href^='/plans/']").first().getAttribute("href");
  await visit("/people?q=Rana+Jarrow", zoomed);
  const offboard = await page.locator("#offboard-button").getAttribute("href");
  const own = ["/", "/findings", "/tenants", "/people", "/record", "/settings", "/plans", "/decisions", "/offboarding", "/roster", "/connect", "/connect/scim", "/record/export", "/record/check"];
  for (const path of [...own, tenant, `${tenant}/groups`, `${tenant}/syncs`, `${tenant}/settings`, plan, offboard]) {
    await visit(path, zoomed);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `${path} is ${wider} px wider than the window`);
    for (const box of await boxes(".list")) assert.ok(box.width >= 300 && box.height >= 140, `${path}: the list is ${box.width} by ${box.height} px`);
  }
});
