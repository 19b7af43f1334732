// A form that was sent wrongly leads to the field which is wrong: that has the
// focus, is marked, and is described by the words that say why.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, startDemo, startEmpty } from "./demo.mjs";

let demo, empty, browser;

before(async () => {
  [demo, empty, browser] = await Promise.all([startDemo(), startEmpty(), launch()]);
  for (const place of [demo, empty]) {
    place.origin = new URL(place.url).origin;
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(place.url);
    await page.waitForSelector("main[data-page]");
    place.state = await context.storageState();
    await context.close();
  }
});

after(async () => {
  await browser?.close();
  await Promise.all([demo?.stop(), empty?.stop()]);
});

/** Runs fn on a page at a path of a workspace. */
async function onPage(place, path, fn) {
  const context = await browser.newContext({ storageState: place.state, viewport: { width: 1100, height: 700 } });
  const page = await context.newPage();
  try {
    await page.goto(place.origin + path);
    await fn(page);
  } finally {
    await context.close();
  }
}

/** Sends the form of a field wrongly and says what the field with the focus is told. */
async function sendWrongly(page, form, typed) {
  const fields = page.locator(form).first();
  await fields.evaluate((f) => (f.noValidate = true)); // what a browser would not let pass, or does not know
  for (const [name, value] of Object.entries(typed)) await fields.locator(`[name="${name}"]`).fill(value);
  await page.evaluate(() => {
    window.answered = false;
    document.addEventListener("htmx:finally:request", () => setTimeout(() => (window.answered = true)), { once: true });
  });
  await fields.evaluate((f) => f.requestSubmit());
  await page.waitForFunction(() => window.answered);
  return page.evaluate(() => {
    const at = document.activeElement;
    const words = (at.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
    return { at: at.name || at.id || at.tagName, wrong: at.getAttribute("aria-invalid"), words: words.join(" ") };
  });
}

async function wrong(page, form, typed, field, words) {
  const got = await sendWrongly(page, form, typed);
  assert.deepEqual([got.at, got.wrong], [field, "true"], `with ${JSON.stringify(typed)}`);
  assert.match(got.words, words);
}

const setting = (name) => `form.ask:has([name=name][value="${name}"])`;
const scim = { name: "Acme", url: "http://127.0.0.1:9/scim", token: "t" };

test("connecting over SCIM", async () => {
  await onPage(demo, "/connect/scim", async (page) => {
    await wrong(page, "#scim", { url: scim.url, token: "t" }, "name", /Still missing: a name/);
    await wrong(page, "#scim", { name: "Acme", url: "ftp://x" }, "url", /base URL/i);
    await wrong(page, "#scim", { url: scim.url }, "url", /not/);
    await page.locator("summary").click();
    await wrong(page, "#scim", { ca: "no certificate", token: "t" }, "ca", /no PEM certificate/);
    await page.selectOption("#auth", "header");
    await wrong(page, "#scim", { ca: "", header: "a b", token: "t" }, "header", /header/i);
    await wrong(page, "#scim", { header: "", token: "t" }, "header", /Still missing/);
    await page.selectOption("#auth", "basic");
    await wrong(page, "#scim", { user: "a:b", token: "t" }, "user", /user name/);
    await page.selectOption("#auth", "bearer");
    await page.check("#allow");
    await wrong(page, "#scim", { reason: " ", token: "t" }, "reason", /a reason/);
  });
});

test("a tenant's own settings", async () => {
  await onPage(demo, "/tenants", async (page) => {
    const links = await page.locator("a[data-line]").evaluateAll((all) => all.map((a) => a.getAttribute("href").split("?")[0]));
    for (const link of links) {
      await page.goto(demo.origin + link + "/settings");
      if (await page.locator("#token").count()) await wrong(page, "form[action$='/credential']", { token: " " }, "token", /token is empty/);
      if (await page.locator("form[action$='/writes']").count()) await wrong(page, "form[action$='/writes']", { reason: " " }, "reason", /needs a reason/);
      if (await page.locator("[data-open=observe]").count()) {
        await page.click("[data-open=observe]");
        await wrong(page, "#observe form", { reason: " " }, "reason", /needs a reason/);
      }
      if (await page.locator("#vouch").count()) await wrong(page, "#vouch form", { accept: "some" }, "accept", /not a number/);
    }
  });
});

test("a file of members", async () => {
  await onPage(demo, "/connect/members", async (page) => {
    const csv = "id,email,status\nu1,a@corp.example,active\n";
    await page.locator("input[type=file]").setInputFiles({ name: "members.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.waitForSelector("#preview");
    const form = "#reading";
    const right = { name: "Portal", by: "Dana", at: "2026-01-20 09:00" };
    await wrong(page, form, { ...right, name: " " }, "name", /name/);
    await wrong(page, form, { ...right, by: " " }, "by", /Who exported/);
    await wrong(page, form, { ...right, at: "yesterday" }, "at", /not a time/);
    await wrong(page, form, { ...right, at: "" }, "at", /When the file was exported/);
    await wrong(page, form, { ...right, at: "2999-01-01" }, "at", /in the future/);
    await wrong(page, form, { ...right, screen: "\u00ad".repeat(3) }, "screen", /screen has at most/);
    await wrong(page, form, { ...right, screen: "", filter: "\u00ad".repeat(3) }, "filter", /filter has at most/);
  });
});

test("a roster", async () => {
  await onPage(demo, "/connect/roster", async (page) => {
    const csv = "number,email,status\n1,a@corp.example,active\n";
    await page.locator("input[type=file]").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
    await page.waitForSelector("#preview");
    const notice = page.locator("#notice");
    await page.fill("#zone", "Mars/Base");
    await page.press("#zone", "Tab");
    await notice.locator("text=Mars/Base").waitFor();
    await page.fill("#zone", "Europe/Berlin");
    await page.press("#zone", "Tab");
    await notice.locator("text=Mars/Base").waitFor({ state: "detached" }); // what was corrected is said no more
    await wrong(page, "#reading", { source: "ü".repeat(100) }, "source", /source's name/);
    await wrong(page, "#reading", { source: "hr", zone: "Nowhere" }, "zone", /time zone/i);
  });
});

test("the settings", async () => {
  await onPage(demo, "/settings", async (page) => {
    await wrong(page, setting("stale-after"), { value: "a year", reason: "r" }, "value", /Age of lists/);
    await wrong(page, setting("match-rate-min"), { value: "90", reason: " " }, "reason", /needs a reason/);
    await page.click("[data-open=protect-account]");
    await wrong(page, "#protect-account form", { account: " ", reason: "r" }, "account", /account/);
    await wrong(page, "#protect-account form", { account: "nobody@nowhere", reason: " " }, "reason", /reason/);
    await wrong(page, "#protect-account form", { account: "nobody@nowhere", reason: "r" }, "account", /nobody@nowhere/);
  });
});

test("what is decided about a finding", async () => {
  await onPage(demo, "/findings?kind=orphaned", async (page) => {
    await page.locator("a[data-row]").first().click();
    await page.click("#except-button");
    const except = "dialog[open] form";
    await wrong(page, except, { until: "soon", reason: "r" }, "until", /not a date/);
    await wrong(page, except, { until: "2001-01-01", reason: "r" }, "until", /is over/);
    await wrong(page, except, { until: "2999-01-01", reason: "r" }, "until", /a year ahead/);
    await wrong(page, except, { until: "2027-01-15", reason: " " }, "reason", /reason/);
    await wrong(page, except, { reason: "r", ticket: "ü".repeat(200) }, "ticket", /ticket is longer/);
    await page.keyboard.press("Escape");
    await page.click("#link-button");
    await wrong(page, "dialog[open] form", { reason: "r" }, "other", /Nobody is chosen/);
    if (await page.locator("dialog[open] [name=person]").count()) {
      await page.locator("dialog[open] [name=person]").first().check();
      await wrong(page, "dialog[open] form", { reason: " " }, "reason", /needs a reason/);
      await wrong(page, "dialog[open] form", { reason: "r", ticket: "ü".repeat(200) }, "ticket", /ticket is longer/);
    }
  });
});

test("a plan, and what stands on it", async () => {
  await onPage(demo, "/findings?kind=leaver-still-active", async (page) => {
    await page.locator("input.mark:not([disabled])").first().check();
    await page.locator("#plan-button").waitFor();
    await page.keyboard.press("p");
    await wrong(page, "#make-plans", { ticket: " " }, "ticket", /needs a ticket/);
    await wrong(page, "#make-plans", { ticket: "ü".repeat(200) }, "ticket", /ticket is longer/);
  });
  await onPage(demo, "/offboarding", async (page) => {
    const person = await page.locator("main a[href$='/offboard']").first().getAttribute("href");
    await page.goto(demo.origin + person);
    await wrong(page, "#offboard-form", { ticket: " " }, "ticket", /needs a ticket/);
    await wrong(page, "#offboard-form", { ticket: "ü".repeat(200) }, "ticket", /ticket is longer/);
  });
});

test("the days by which the record is filtered", async () => {
  await onPage(demo, "/record", async (page) => {
    await wrong(page, "#filters", { since: "soon" }, "since", /day/);
    await page.fill("#by-since", "");
    await wrong(page, "#filters", { until: "soon" }, "until", /day/);
  });
});

test("a passphrase", async () => {
  await onPage(empty, "/unlock", async (page) => {
    const form = "form[action='/unlock']";
    await wrong(page, form, { passphrase: "short", again: "short" }, "passphrase", /shorter than/);
    await wrong(page, form, { passphrase: "one of them is long", again: "and other" }, "passphrase", /differ/);
  });
});
