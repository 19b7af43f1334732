import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { inspect, launch, looks, startDemo, startGallery, watch } from "./demo.mjs";

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

test("g and a letter go to each page", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/");
    const places = await page.locator("[data-goto]").evaluateAll((links) => links.map((a) => [a.dataset.goto, a.id]));
    assert.ok(places.length >= 4, `only ${places.length} pages`);
    for (const [key, id] of places.reverse()) {
      await page.keyboard.press("Escape"); // out of a search that has the focus
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.locator(`#${id}[aria-current="page"]`).waitFor();
    }
  });
});

test("the palette finds an account and a command by keyboard, and gives the focus back", async () => {
  await onPage({}, async (page) => {
    await openFindings(page);
    const name = (await page.locator("a[data-row]").nth(2).innerText()).trim();
    await page.focus("#nav-plans");
    await page.keyboard.press("Control+k");
    const field = page.locator("#palette-field");
    await page.locator("#palette-list [role=option]").first().waitFor();
    await inspect(page, "palette-empty");
    await page.keyboard.type(name);
    await page.locator("#palette-list [role=option]", { hasText: name }).first().waitFor();
    await inspect(page, "palette");
    const first = await field.getAttribute("aria-activedescendant");
    await page.keyboard.press("ArrowDown");
    assert.notEqual(await field.getAttribute("aria-activedescendant"), first);
    assert.equal(await page.locator("#palette-list [aria-selected=true]").getAttribute("id"), await field.getAttribute("aria-activedescendant"));
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.id), "nav-plans");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("zzzzzz");
    await page.locator("#palette-body .none").waitFor();
    await inspect(page, "palette-none");
    await field.fill("");
    await page.keyboard.type("light and");
    await page.keyboard.press("Enter"); // before the answer is there
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    await page.keyboard.press("Control+k");
    await field.fill("");
    await page.keyboard.type("go tenants");
    await page.keyboard.press("Enter");
    await page.waitForSelector('main[data-page="tenants"]');
    await page.keyboard.press("/"); // no field of its own here
    await page.locator("#palette[open]").waitFor();
  });
});

test("the palette lists also where it is opened the moment that the page is there", async () => {
  await onPage({}, async (page) => {
    for (let i = 0; i < 12; i++) {
      await page.goto(`${origin}/record?i=${i}`);
      await page.keyboard.press("Control+k");
      await page.locator("#palette-list [role=option]").first().waitFor({ timeout: 10_000 });
    }
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

test("j and k move through lists whose lines lead to pages of their own", async () => {
  await onPage({}, async (page) => {
    for (const path of ["/tenants", "/plans", "/", "/roster", "/offboarding"]) {
      await page.goto(origin + path);
      const lines = page.locator("a[data-line]");
      assert.ok((await lines.count()) > 0, `${path} has no line`);
      if (path === "/offboarding") {
        await page.waitForFunction(() => document.activeElement?.id === "who");
        await page.keyboard.press("Escape"); // leaves the search for the first line
      } else {
        await page.keyboard.press("j");
      }
      const on = (n) => page.waitForFunction((at) => document.activeElement === document.querySelectorAll("a[data-line]")[at], n);
      await on(0);
      if ((await lines.count()) > 1) {
        await page.keyboard.press("j");
        await on(1);
        await page.keyboard.press("k");
        await on(0);
      }
      const to = await lines.first().getAttribute("href");
      await page.keyboard.press("Enter");
      await page.waitForURL((at) => at.pathname + at.search === to);
    }
  });
});

test("a name typed on arrival and Enter lead to the offboarding of its only bearer", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/offboarding");
    await page.locator("#hits h2", { hasText: "still with active accounts" }).waitFor();
    await inspect(page, "offboarding-leavers");
    await page.keyboard.type("Bruno Ravn");
    await page.keyboard.press("Enter");
    await page.waitForSelector('main[data-page="offboard"]');
    assert.match(await page.locator("h1").innerText(), /Bruno Ravn/);
  });
});

test("d says why a finding cannot be staged, and a stages the rest of a group", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/findings?kind=disputed");
    await page.locator("#detail header h2").waitFor();
    await page.keyboard.press("d");
    await page.locator("#toasts .toast", { hasText: "not settled whose account" }).waitFor();
    await page.goto(origin + "/findings?kind=orphaned");
    const box = page.locator("input.mark");
    const can = await page.locator("input.mark:not(:disabled)").count();
    await page.keyboard.press("a");
    await page.locator("#notice", { hasText: `${can} findings of this group staged, ${(await box.count()) - can} left out` }).waitFor();
    await page.locator("#plan-button", { hasText: `Plan ${can} staged` }).waitFor();
    await page.waitForFunction((n) => document.querySelectorAll("input.mark:checked").length === n, can);
    await inspect(page, "group-staged");
    await page.keyboard.press("p");
    await page.locator("dialog[open] [form=clear-staged]").click();
    await page.locator("#plan-button").waitFor({ state: "detached" });
  });
});

test("what was left alone makes room for the next finding", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/findings?kind=orphaned");
    const rows = page.locator("a[data-row]");
    const hrefs = await rows.evaluateAll((links) => links.map((a) => a.getAttribute("href")));
    const names = await rows.allInnerTexts();
    await rows.nth(hrefs.length - 2).click();
    await detailOf(page, rows.nth(hrefs.length - 2));
    // The one after it comes, and of the last the one before.
    for (const [left, next] of [[hrefs.length - 2, hrefs.length - 1], [hrefs.length - 1, hrefs.length - 3]]) {
      assert.equal(await current(page), hrefs[left]);
      await page.keyboard.press("e");
      await page.keyboard.type("settled by Friday");
      await page.keyboard.press("Enter");
      await page.locator(`a[data-row][href="${hrefs[left]}"]`).waitFor({ state: "detached" });
      await page.locator("#detail header", { hasText: names[next] }).waitFor();
      assert.equal(await current(page), hrefs[next]);
      assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, hrefs[next]);
    }
  });
});

test("whom the palette finds is chosen in the list of people", async () => {
  await onPage({ viewport: { width: 1100, height: 700 } }, async (page) => {
    await page.goto(origin + "/");
    await page.keyboard.press("Control+k");
    await page.keyboard.type("Rana Jarrow");
    await page.locator("#palette-list [role=option]", { hasText: "1055" }).first().click();
    await page.waitForSelector('main[data-page="people"]');
    assert.match(await page.locator("a[data-row][aria-current]").innerText(), /Rana Jarrow/);
    assert.match(await page.locator("#detail header").innerText(), /Rana Jarrow/);
    await page.goto(origin + "/findings?kind=inactive-but-entitled");
    assert.deepEqual(await cutCells(page, "tr.group > th"), []);
    await page.goto(origin + "/people?state=left&has=findings");
    assert.deepEqual(await cutCells(page, ".people td"), []);
    await page.goto(origin + "/tenants");
    assert.deepEqual(await cutCells(page, ".tenants th, .tenants td"), []);
    await page.locator(".tenants tbody a").first().click();
    await page.waitForSelector('main[data-page="tenant"]');
    await page.goto(`${page.url().split("?")[0]}?kind=leaver-still-active`);
    await page.locator(".listing td .badge").first().waitFor();
    assert.deepEqual(await cutCells(page, ".listing td:has(.badge), .listing thead th, .listing td.num"), []);
    await page.goto(origin + "/tenants");
    await page.locator(".tenants tbody a", { hasText: "Forge" }).click(); // which hides who is in its groups
    await page.waitForSelector('main[data-page="tenant"] td.num');
    assert.match(await page.locator(".listing td.num").first().innerText(), /hidden/);
    assert.deepEqual(await cutCells(page, ".listing thead th, .listing td.num"), []);
    await page.locator("#filters a.chip", { hasText: "Groups" }).click();
    await page.locator(".listing td.num", { hasText: "hidden" }).first().waitFor();
    assert.deepEqual(await cutCells(page, ".listing thead th, .listing td.num"), []);
    await page.goto(origin + "/record");
    assert.deepEqual(await cutCells(page, ".bar p"), []);
    await page.focus("#filters [name=ticket]");
    await page.keyboard.press("Escape");
    await page.waitForFunction(() => document.activeElement?.matches("a[data-row]"));
  });
});

/** The texts that do not fit into their cells. */
function cutCells(page, selector) {
  return page.locator(selector).evaluateAll((cells) => cells.filter((c) => c.clientWidth && c.scrollWidth > c.clientWidth && !c.matches(".why")).map((c) => c.innerText));
}

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

test("the record: filter, read, follow an outcome to its intent, verify, export", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/record");
    await page.locator("label.chip", { hasText: "Actions" }).click();
    await page.waitForURL(/kind=actions/);
    await page.selectOption("#by-outcome", "confirmed");
    await page.waitForURL(/outcome=confirmed/);
    const row = page.locator("a[data-row]").first();
    await row.focus();
    const next = new URL(await page.locator("a[data-row]").nth(1).getAttribute("href"), origin).pathname;
    await page.keyboard.press("j");
    await page.waitForURL((at) => at.pathname === next);
    await page.locator("#detail header p", { hasText: "action.outcome" }).waitFor();
    await page.locator("#detail section", { hasText: "Intent" }).locator("a.link").click();
    await page.locator("#detail h2", { hasText: "About to" }).waitFor();
    await page.locator("#detail h2").click();
    await page.keyboard.press("v");
    await page.locator("#seal", { hasText: "entries verified" }).waitFor();
    await page.keyboard.press("x");
    await page.waitForSelector('main[data-page="export"]');
    assert.match(page.url(), /kind=actions/);
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#make-button")]);
    assert.match(download.suggestedFilename(), /^record-.*\.zip$/);
    assert.equal(await download.failure(), null);
    await page.locator("#made", { hasText: "Its download has begun" }).waitFor();
    assert.equal(await page.locator("#made a[data-download]").count(), 0, "a download that was used stays");
    await page.locator("#pack-check", { hasText: download.suggestedFilename() }).waitFor();
    await inspect(page, "export-made");
    const key = await page.locator('h3:text-is("The public key") ~ * code[data-text]').first().getAttribute("data-text");
    await page.goto(origin + "/record");
    await page.locator("a.btn", { hasText: "Check a pack" }).click();
    await page.waitForSelector('main[data-page="check"]');
    await inspect(page, "check-pack");
    const [dialog] = await Promise.all([page.waitForEvent("filechooser"), page.locator("label.pick").click()]);
    await dialog.setFiles({ name: "q4.zip", mimeType: "application/zip", buffer: readFileSync(await download.path()) });
    await page.waitForFunction(() => document.activeElement?.id === "key");
    await page.keyboard.insertText(key);
    await page.keyboard.press("Enter");
    await page.locator("#check-problem", { hasText: "VERIFIED q4.zip" }).waitFor();
    assert.match(await page.locator("#check-problem").innerText(), /checked against the key given/);
    await inspect(page, "check-verified");
  });
});

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
      await page.goto(origin + "/findings?kind=disputed");
      for (const key of ["l", "e"]) {
        await page.keyboard.press(key);
        await page.locator("dialog[open]").waitFor();
        await inspect(page, `decide-${key}-${theme}-${width}`);
        await page.keyboard.press("Escape");
        await page.locator("dialog[open]").waitFor({ state: "hidden" });
      }
      await page.goto(origin + "/decisions");
      await inspect(page, `decisions-${theme}-${width}`);
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
      await page.goto(origin + "/people?state=left&has=findings");
      await page.waitForSelector("#detail #offboard-button");
      await inspect(page, `people-${theme}-${width}`);
      await page.keyboard.press("o");
      await page.waitForSelector('main[data-page="offboard"]');
      await inspect(page, `offboard-${theme}-${width}`);
      await page.goto(origin + "/offboarding?q=ra");
      await page.waitForSelector("#hits a");
      await inspect(page, `offboarding-${theme}-${width}`);
      await page.goto(origin + "/roster");
      await inspect(page, `revisions-${theme}-${width}`);
      await page.locator("main td a.chip").first().click();
      await page.waitForSelector('main[data-page="changes"]');
      await inspect(page, `revision-${theme}-${width}`);
      await page.goto(origin + "/settings");
      await inspect(page, `settings-${theme}-${width}`);
      for (const dialog of ["protect-account", "end-protect"]) {
        await page.locator(`[data-open^=${dialog}]`).first().click();
        await page.locator("dialog[open]").waitFor();
        await inspect(page, `${dialog}-${theme}-${width}`);
        await page.keyboard.press("Escape");
        await page.locator("dialog[open]").waitFor({ state: "hidden" });
      }
      await page.goto(origin + "/licences");
      await inspect(page, `licences-${theme}-${width}`);
      await page.goto(origin + "/record?kind=actions&outcome=confirmed");
      await page.locator("#seal", { hasText: "entries verified" }).waitFor();
      await page.locator("#detail details").last().locator("summary").click();
      await inspect(page, `record-${theme}-${width}`);
      await page.click("#export-button");
      await page.waitForSelector('main[data-page="export"]');
      await inspect(page, `export-${theme}-${width}`);
      await page.goto(origin + "/plans");
      await inspect(page, `plans-${theme}-${width}`);
      await page.locator("main table a").first().click();
      await page.waitForSelector('main[data-page="plan"]');
      await page.locator(".plan-rows summary").first().click();
      await inspect(page, `plan-${theme}-${width}`);
    });
  });
}

test("the components by themselves, in all their states", async () => {
  const dev = await startGallery();
  const origin = new URL(dev.url).origin;
  const context = await browser.newContext({ reducedMotion: "reduce" });
  try {
    const page = await context.newPage();
    const complaints = watch(page, origin);
    await page.goto(dev.url);
    await page.waitForSelector('main[data-page="overview"]');
    for (const { theme: colorScheme, width, height } of looks.slice(1, 3)) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.goto(`${origin}/gallery?state=trouble`);
      assert.equal(await page.locator(".progress.over").evaluate((bar) => bar.getBoundingClientRect().height), 4, "a ceiling that is exceeded is drawn as another bar");
      for (const state of ["usual", "empty", "under way", "trouble"]) {
        await page.goto(`${origin}/gallery?state=${encodeURIComponent(state)}`);
        await page.locator(".filters [aria-current]", { hasText: state }).waitFor();
        assert.ok((await page.locator(".exhibit").count()) >= 5, `${state}: hardly a component`);
        await inspect(page, `gallery-${state.replace(" ", "-")}-${colorScheme}-${width}`);
      }
    }
    for (const [state, dialog] of [["usual", "run-dialog"], ["usual", "except-made-up"], ["usual", "gallery-end"], ["trouble", "rekey"]]) {
      await page.goto(`${origin}/gallery?state=${state}`);
      await page.click(`[data-open=${dialog}]`);
      await page.locator(`#${dialog}[open]`).waitFor();
      await inspect(page, `gallery-${dialog}`);
      await page.keyboard.press("Escape");
      await page.locator(`#${dialog}[open]`).waitFor({ state: "hidden" });
    }
    assert.deepEqual(complaints, []);
  } finally {
    await context.close();
    assert.equal(await dev.stop(), 0);
  }
});

test("what was recorded since the last check is checked by itself", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/tenants");
    await page.locator('#corner:has-text("All ")').waitFor();
    const told = await page.locator("#toasts li").count();
    await page.locator('main a[href^="/tenants/t_"]').first().click();
    await page.click('a[href$="/settings"]:not(#nav-settings)');
    await page.click('button[data-open="observe"]');
    await page.fill("#observe-reason", "the review is over");
    await page.click('#observe button[type="submit"]');
    await page.locator("#corner", { hasText: / of \d+ entries verified/ }).waitFor();
    assert.equal(await page.locator("#corner .holds").count(), 0, "the shield is green for a part");
    await page.locator('#corner:has-text("All ")').waitFor();
    assert.equal(await page.locator("#corner .holds").count(), 1);
    assert.equal(await page.locator("#toasts li").count(), told, "a check that nobody asked for is told");
    await page.fill("#reason", "the next review");
    await page.click('form[action$="/writes"] button');
    await page.locator('button[data-open="observe"]').waitFor();
  });
});

test("the end of a sync is told in a toast that the pointer holds", async () => {
  await onPage({}, async (page) => {
    await page.goto(origin + "/");
    await page.locator(".bar form[action='/sync'] button").click();
    await page.locator(".toast", { hasText: "Sync started" }).waitFor();
    const ended = page.locator("#toasts .toast", { hasText: /^Sync of \d+ tenants ended: \d+ not complete$/ });
    await ended.waitFor();
    assert.equal(await page.locator("#toasts").getAttribute("role"), "status");
    const icons = await ended.locator(".icon").evaluateAll((l) => l.filter((i) => i.getBoundingClientRect().width).map((i) => i.innerHTML));
    assert.equal(icons.length, 1);
    assert.match(icons[0], /triangle-alert/, "a sync that fell short has a tick");
    await ended.hover();
    await inspect(page, "toast");
    const say = (text) => page.evaluate((t) => document.dispatchEvent(new CustomEvent("rollcall-says", { detail: { text: t } })), text);
    for (const text of ["1 staged", "2 staged", "3 staged"]) await say(text);
    assert.deepEqual(await page.locator("#toasts .toast").allInnerTexts().then((l) => l.filter((t) => t.includes("staged"))), ["3 staged"], "toasts of one kind pile up");
    const beside = await page.locator("#toasts").evaluate((t) => t.getBoundingClientRect().right <= document.getElementById("page").getBoundingClientRect().left);
    assert.ok(beside, "the toasts lie over the page");
    await page.mouse.move(10, 10);
    await ended.waitFor({ state: "detached" });
  });
});
