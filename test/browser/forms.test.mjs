// What a person typed, opened or has the focus on is theirs: whatever the pages
// show anew meanwhile, it stays, and it stays about the same thing.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, startDemo, watch } from "./demo.mjs";

let demo, browser, origin, state;

before(async () => {
  demo = await startDemo();
  origin = new URL(demo.url).origin;
  browser = await launch();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(demo.url);
  await page.waitForSelector('main[data-page="overview"]');
  state = await context.storageState();
  await context.close();
});

after(async () => {
  await browser?.close();
  assert.equal(await demo?.stop(), 0);
});

/** Runs fn on a page at a path, with nothing staged; the page may not complain. */
async function onPage(path, fn) {
  const context = await browser.newContext({ storageState: state, viewport: { width: 1440, height: 900 } });
  const page = await context.newPage();
  const complaints = watch(page, origin);
  try {
    await page.goto(origin + "/findings");
    await post(page, "/staged/clear");
    await page.goto(origin + path);
    await fn(page, context);
    assert.deepEqual(complaints.filter((c) => !/^console: Failed to load|^4(00|09) for/.test(c)), []);
  } finally {
    await context.close();
  }
}

/** Sends a form as another window would. */
const post = (page, path, form = {}) =>
  page.evaluate(async ([path, form]) => {
    const headers = { "Content-Type": "application/x-www-form-urlencoded", "X-Rollcall-Key": localStorage.getItem("key"), "HX-Request": "true" };
    await fetch(path, { method: "POST", headers, body: new URLSearchParams(form) });
  }, [path, form]);

/** Waits for an event of htmx about the element with an id, which begin brings about. */
async function until(page, event, id, begin) {
  await page.evaluate(([event, id]) => {
    window.came = false;
    const listen = (e) => {
      if (e.detail.ctx.target?.id !== id) return;
      document.removeEventListener(event, listen);
      setTimeout(() => (window.came = true)); // after all that listens too
    };
    document.addEventListener(event, listen);
  }, [event, id]);
  await begin();
  await page.waitForFunction(() => window.came);
}

/** Shows the page anew, as the end of a sync or the minute does. */
const refresh = (page) => until(page, "htmx:after:swap", "shell", () => page.evaluate(() => document.dispatchEvent(new Event("rollcall-changed"))));

/** Holds answers back: the address is that of a function of it; let() gives them free. */
async function hold(page, matches, method = "GET") {
  let arrived, release;
  const asked = new Promise((resolve) => (arrived = resolve));
  const free = new Promise((resolve) => (release = resolve));
  await page.route((url) => matches(url), async (route) => {
    if (route.request().method() !== method) return route.fallback();
    const response = await route.fetch();
    arrived();
    await free;
    await route.fulfill({ response }).catch(() => {}); // asked for in vain by now
  });
  return { asked, release };
}

const rows = (page) => page.locator("a[data-row]");
const marked = async (page) => (await page.locator("a[data-row][aria-current]").innerText()).trim();
const detail = async (page) => (await page.locator("#detail header").innerText()).trim();
const about = async (page) => (await page.locator("dialog[open] p b").first().innerText()).trim();
const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName);

async function openRow(page, n) {
  const name = (await rows(page).nth(n).innerText()).trim();
  await until(page, "htmx:finally:request", "detail", () => rows(page).nth(n).click());
  await page.locator("#detail header", { hasText: name }).waitFor();
}

test("e right after j waits for the marked row, and letters meanwhile are no commands", async () => {
  await onPage("/findings", async (page) => {
    await openRow(page, 0);
    const next = await rows(page).nth(1).getAttribute("href");
    const held = await hold(page, (url) => url.pathname === next);
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await held.asked;
    await page.keyboard.type("dad");
    assert.equal(await page.locator("dialog[open]").count(), 0, "a dialog is open about another row than the marked one");
    held.release();
    await page.locator("dialog[open]").waitFor();
    assert.equal(await about(page), await marked(page));
    assert.equal(await page.locator("#plan-button").count(), 0, "a letter staged something");
    await page.keyboard.type("dana asked for it");
    assert.equal(await page.inputValue("dialog[open] [name=reason]"), "dana asked for it");
  });
});

test("Escape calls off what waits for the marked row", async () => {
  await onPage("/findings", async (page) => {
    await openRow(page, 0);
    const next = await rows(page).nth(1).getAttribute("href");
    const held = await hold(page, (url) => url.pathname === next);
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await held.asked;
    await page.keyboard.press("Escape");
    await until(page, "htmx:finally:request", "detail", held.release);
    assert.equal(await page.locator("dialog[open]").count(), 0);
  });
});

test("Escape leaves a search for its list and keeps what it searches for", async () => {
  await onPage("/people", async (page) => {
    await page.keyboard.press("/");
    await until(page, "htmx:after:swap", "listing", () => page.keyboard.type("jar"));
    const found = await rows(page).count();
    await page.keyboard.press("Escape");
    assert.equal(await page.evaluate(() => document.activeElement.matches("a[data-row]")), true, "the list has no focus");
    assert.equal(await page.inputValue("#look"), "jar");
    assert.equal(await rows(page).count(), found);
    await page.keyboard.press("/");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.evaluate(() => document.activeElement.matches("a[data-row]")), true, "the arrow does not lead to the list");
  });
});

test("a detail on its way does not take the place of an open dialog", async () => {
  await onPage("/findings", async (page) => {
    await openRow(page, 0);
    const next = await rows(page).nth(1).getAttribute("href");
    const held = await hold(page, (url) => url.pathname === next);
    await rows(page).nth(1).click();
    await held.asked;
    await page.locator("#except-button").click();
    const asks = await about(page);
    await page.keyboard.type("dad");
    await until(page, "htmx:finally:request", "detail", held.release);
    assert.equal(await page.inputValue("dialog[open] [name=reason]"), "dad");
    assert.equal(await about(page), asks);
    await until(page, "htmx:after:swap", "shell", () => page.keyboard.press("Escape"));
    assert.ok((await detail(page)).includes(await marked(page)), "another row is marked than the detail shows");
  });
});

test("a refresh on its way does not put another finding under an open dialog", async () => {
  await onPage("/findings?kind=orphaned", async (page, context) => {
    const first = await rows(page).first().getAttribute("href");
    const held = await hold(page, (url) => url.pathname === "/findings");
    await post(page, `${first.split("?")[0]}/except`, { until: "2027-01-15", reason: "in another window" });
    await page.evaluate(() => document.dispatchEvent(new Event("rollcall-changed")));
    await held.asked;
    await page.keyboard.press("e");
    const action = await page.locator("dialog[open] form").getAttribute("action");
    await page.keyboard.type("the reason for the first");
    await until(page, "htmx:finally:request", "shell", held.release);
    assert.equal(await page.locator("dialog[open] form").getAttribute("action"), action, "the open dialog decides about another finding");
    assert.equal(await page.inputValue("dialog[open] [name=reason]"), "the reason for the first");
    await until(page, "htmx:after:swap", "shell", () => page.keyboard.press("Escape"));
    assert.notEqual(await page.locator(".decide form").first().getAttribute("action"), action);
    await page.keyboard.press("e");
    assert.equal(await page.inputValue("dialog[open] [name=reason]"), "", "what was typed about one finding stands in the dialog of another");
    await page.keyboard.press("Escape");
    await post(page, "/decisions/unexcept", { which: first.split("?")[0].split("/").pop(), reason: "over" });
  });
});

test("a refresh of before a row was opened does not bring the row before it back", async () => {
  await onPage("/findings", async (page) => {
    const held = await hold(page, (url) => url.pathname === "/findings");
    await page.evaluate(() => document.dispatchEvent(new Event("rollcall-changed")));
    await held.asked;
    await openRow(page, 2);
    const was = await detail(page);
    await until(page, "htmx:after:swap", "shell", held.release); // the one that is asked for instead
    assert.equal(await detail(page), was);
    assert.ok(was.includes(await marked(page)));
  });
});

test("no refresh changes what was typed or chosen, nor hides the fields that go with it", async () => {
  await onPage("/connect/scim", async (page) => {
    await page.selectOption("#auth", "basic");
    await page.check("#allow");
    await page.locator("summary", { hasText: "certificate authority" }).click();
    const typed = { name: "Acme", url: "https://acme.example/scim", user: "admin", reason: "pilot", token: "secret", ca: "-----BEGIN" };
    for (const [id, text] of Object.entries(typed)) await page.fill(`#${id}`, text);
    await page.locator("h1").click();
    // A server that proposes something else by now.
    await page.route("**/connect/scim", async (route) => {
      const response = await route.fetch();
      const body = (await response.text()).replace('id="name"', 'id="name" value="Other"').replace('value="bearer"', 'value="bearer" selected').replace('id="own"', 'id="own" value="robot"').replace("</textarea>", "other</textarea>");
      await route.fulfill({ response, body });
    });
    await refresh(page);
    for (const [id, text] of Object.entries(typed)) assert.equal(await page.inputValue(`#${id}`), text, id);
    assert.equal(await page.inputValue("#auth"), "basic");
    assert.equal(await page.isChecked("#allow"), true);
    assert.deepEqual([await page.isVisible("#user"), await page.isVisible("#reason"), await page.isVisible("#header")], [true, true, false], "the fields of the choice");
    assert.equal(await page.inputValue("#own"), "robot", "a field that nobody touched follows the server");
  });
});

test("the time of an export that was typed stays as it was typed", async () => {
  await onPage("/connect/members", async (page) => {
    const lines = ["User name,Email,Status", "u1,person1@corp.example,active"];
    await page.locator("input[type=file]").setInputFiles({ name: "members.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) });
    await page.waitForSelector("#preview");
    await page.fill("#at", "2026-01-20 09:00");
    await page.locator("h1").click();
    await page.route("**/connect/members?**", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(/(id="at"[^>]* value=")[^"]*/, "$12026-12-31 23:59") });
    });
    await refresh(page);
    assert.equal(await page.inputValue("#at"), "2026-01-20 09:00");
  });
});

test("a form that was recorded is empty again", async () => {
  await onPage("/findings?kind=orphaned", async (page) => {
    const row = page.locator("tr.row").first();
    const account = (await row.locator("a[data-row]").innerText()).trim();
    const tenant = (await row.locator("td").nth(1).innerText()).trim();
    await page.goto(origin + "/settings");
    await page.click("[data-open=protect-account]");
    await page.selectOption("#protect-tenant", { label: tenant });
    await page.fill("#protect-name", account);
    await page.fill("#protect-reason", "the nightly job");
    await until(page, "htmx:after:swap", "shell", () => page.keyboard.press("Enter"));
    assert.deepEqual([await page.inputValue("#protect-name"), await page.inputValue("#protect-reason")], ["", ""]);
    const which = await page.locator(".protected li", { hasText: account }).locator("[name=which]").inputValue();
    await post(page, "/settings/protect/end", { which, reason: "over" });
  });
});

test("a box shows what is staged, whoever changed that", async () => {
  await onPage("/findings", async (page) => {
    const row = page.locator("tr.row", { has: page.locator("input.mark:not([disabled])") }).first();
    await until(page, "htmx:finally:request", "detail", () => row.locator("a[data-row]").click());
    const mine = row.locator("input.mark");
    await mine.check();
    await page.locator("#detail [data-stage]", { hasText: "take back" }).click();
    await page.locator("#detail [data-stage]", { hasText: "Stage:" }).waitFor();
    await page.waitForFunction(() => !document.querySelector("input.mark:checked"));
    await mine.check();
    await page.locator("#plan-button").waitFor();
    await post(page, "/staged/clear");
    await refresh(page);
    assert.deepEqual([await mine.isChecked(), await page.locator("#plan-button").count()], [false, 0]);
  });
});

test("the dialog plans what it shows, not what another window staged meanwhile", async () => {
  await onPage("/findings?kind=leaver-still-active", async (page) => {
    await page.locator("input.mark:not([disabled])").first().check();
    await page.locator("#plan-button", { hasText: "Plan 1 staged" }).waitFor();
    await page.keyboard.press("p");
    await post(page, "/findings/stage?kind=orphaned");
    await page.keyboard.type("HD-4711");
    await page.keyboard.press("Enter");
    await page.locator("#plan-problem", { hasText: "What is staged changed" }).waitFor();
    assert.doesNotMatch(await page.locator("#plan-staged h2").innerText(), /Plan 1 staged/);
    assert.equal(await page.inputValue("#plan-ticket"), "HD-4711");
    await until(page, "htmx:after:swap", "shell", () => page.keyboard.press("Escape"));
    const head = await page.locator("#plan-button").innerText();
    await page.keyboard.press("p");
    assert.ok(head.startsWith(await page.locator("#plan-staged h2").innerText()));
    await page.keyboard.press("Escape");
    await page.goto(origin + "/plans");
    assert.equal(await page.locator("main tr", { hasText: "HD-4711" }).count(), 0, "a plan was made of what nobody saw");
  });
});

test("the answer to a form stays until it is sent again, and takes no focus", async () => {
  await onPage("/connect/scim", async (page) => {
    await page.locator("button", { hasText: "Test the connection" }).click();
    await page.locator("#scim-problem", { hasText: "Still missing" }).waitFor();
    assert.equal(await focused(page), "url");
    await page.focus("#own");
    await refresh(page);
    assert.match(await page.locator("#scim-problem").innerText(), /Still missing/);
    assert.equal(await page.getAttribute("#url", "aria-invalid"), "true");
    assert.equal(await focused(page), "own");
  });
});

test("a button stays out of reach while its request runs, and its result stays", async () => {
  await onPage("/tenants", async (page) => {
    await page.goto(origin + (await page.locator("a[data-line]").first().getAttribute("href")).split("?")[0] + "/settings");
    const button = page.locator("button", { hasText: "Test the connection" });
    const held = await hold(page, (url) => url.pathname.endsWith("/test"), "POST");
    await button.click();
    await held.asked;
    await refresh(page);
    assert.equal(await button.isDisabled(), true, "it can be pressed a second time");
    held.release();
    await page.locator("#credential-problem", { hasText: "answers" }).waitFor();
    await refresh(page);
    assert.match(await page.locator("#credential-problem").innerText(), /answers/);
    assert.equal(await button.isDisabled(), false);
  });
});

for (const [what, path, selector, ended] of [
  ["Stage all", "/findings", "[data-group]", "#plan-button"],
  ["Sync all", "/tenants", ".bar form[action='/sync'] button", "#toasts .toast:has-text('Sync of')"],
  ["Verify now", "/record", "#verify-button", "#toasts .toast:has-text('verified')"],
  ["Make the pack", "/record/export", "#make-button", "#made [href]"],
]) {
  test(`the focus is where it was after ${what}`, async () => {
    await onPage(path, async (page) => {
      const button = page.locator(selector).first();
      await button.focus();
      await button.evaluate((b) => (window.pressed = b));
      await page.keyboard.press("Enter");
      await page.locator(ended).first().waitFor();
      await page.waitForFunction(() => document.activeElement === window.pressed);
      await refresh(page);
      assert.equal(await page.evaluate(() => document.activeElement === window.pressed), true);
      assert.equal(await page.locator("#made [data-done]").count(), 0, "the pack is announced once more");
    });
  });
}

test("the focus goes to the next row after a decision, and stays away where a click put it", async () => {
  await onPage("/findings?kind=orphaned", async (page) => {
    await openRow(page, 0);
    const first = await rows(page).nth(0).getAttribute("href");
    const next = await rows(page).nth(1).getAttribute("href");
    await page.locator("#except-button").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.type("because");
    await until(page, "htmx:after:swap", "shell", () => page.keyboard.press("Enter"));
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("href")), next);
    await page.locator("h1").click();
    await refresh(page);
    assert.equal(await focused(page), "page");
    await post(page, "/decisions/unexcept", { which: first.split("?")[0].split("/").pop(), reason: "over" });
  });
});
