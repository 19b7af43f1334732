// What three people come for, by keyboard, from the first page to the last.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inspect, launch, program, startDemo, tabTo, watch } from "./demo.mjs";

let demo, browser, page, complaints, folder;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "rollcall-jobs-"));
  demo = await startDemo();
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce" });
  complaints = watch(page, new URL(demo.url).origin);
  await page.goto(demo.url);
  await at("overview");
});

after(async () => {
  await browser?.close();
  assert.equal(await demo?.stop(), 0);
  rmSync(folder, { recursive: true, force: true });
});

const at = (name) => page.waitForSelector(`main[data-page="${name}"]`);
const press = (key) => page.keyboard.press(key);
const type = (text) => page.keyboard.type(text);
const shows = (selector, hasText) => page.locator(selector, { hasText }).first().waitFor();

/** Goes to a page by its two letters. */
async function go(letters, name) {
  for (const key of letters) await press(key);
  await at(name);
}

/** Runs the plan on show and waits until it has ended and its result says so. */
async function run(result) {
  await press("r");
  await page.waitForSelector("#run-dialog[open]");
  await press("Tab");
  await press("Enter");
  await shows("#plan:not([hx-get]) .run-words", result);
}

/** Presses what has the focus and keeps the file that comes of it. */
async function download(name) {
  const [file] = await Promise.all([page.waitForEvent("download"), press("Enter")]);
  const path = join(folder, name);
  await file.saveAs(path);
  return path;
}

/** The exit code and the words of a check on a machine without the workspace. */
function verify(...args) {
  const env = { PATH: process.env.PATH, HOME: folder };
  const { status, stdout, stderr } = spawnSync(program, ["verify", ...args], { env, encoding: "utf8" });
  return { status, words: stdout + stderr };
}

test("IT admin: leavers are staged, planned, run, read back and undone", async () => {
  await tabTo(page, 'main a[href*="leaver-still-active"]');
  await press("Enter");
  await at("findings");
  await press("d");
  await shows("#plan-button", "Plan 1 staged");
  const first = await page.locator("#detail header").innerText();
  await press("j");
  await page.waitForFunction((was) => document.querySelector("#detail header").innerText !== was, first);
  await press("d");
  await shows("#plan-button", "Plan 2 staged");
  await press("p");
  await type("Q4-REVIEW");
  await press("Enter");
  await at("plan");
  assert.equal(await page.locator(".plan-rows tbody tr:not(.group)").count(), 2);
  await run("2 confirmed");
  await press("u");
  await shows("#run-button", "Reactivate 2 accounts");
  await run("2 confirmed");
  assert.deepEqual(complaints.splice(0), []);
});

test("IT admin: a disputed account is linked, another finding is left alone", async () => {
  const rows = page.locator("a[data-row]");
  await go("gf", "findings");
  await tabTo(page, '#filters a[href*="kind=disputed"]');
  await press("Enter");
  await page.waitForURL(/kind=disputed/);
  await shows("#detail header", "disputed");
  const disputed = await rows.count();
  await press("l");
  await page.waitForSelector("dialog[open] [data-pick]");
  await press("Space");
  await tabTo(page, "dialog[open] input[name=reason]");
  await type("asked the manager");
  await press("Enter");
  await page.waitForFunction((n) => document.querySelectorAll("a[data-row]").length === n, disputed - 1);
  await press("e");
  await page.locator("dialog[open] input[name=reason]").waitFor();
  await tabTo(page, "dialog[open] input[name=reason]");
  await type("settled by Friday");
  await press("Enter");
  await page.waitForFunction((n) => document.querySelectorAll("a[data-row]").length === n, disputed - 2);
  await page.goto(new URL("/decisions", page.url()).href);
  await shows(".decisions", "settled by Friday");
  await shows(".decisions", "asked the manager");
  assert.deepEqual(complaints.splice(0), []);
});

test("help desk: from a name to a closed ticket and its file", async () => {
  await press("Control+k");
  await type("Rana Jarrow");
  await shows("#palette-list [role=option]", "1055");
  while (!(await page.locator("#palette-list [aria-selected=true]").innerText()).includes("1055")) await press("ArrowDown");
  await press("Enter");
  await at("people");
  await shows("#detail header", "Rana Jarrow");
  await press("o");
  await at("offboard");
  await shows(".offboard-rows tr", /Beacon Desk\s*not covered/);
  await shows(".offboard-rows tr", /Travel portal\s*by hand/);
  const calls = await page.locator(".offboard-rows tr", { hasText: "deactivate" }).count();
  assert.ok(calls >= 1, "nothing to send");
  await tabTo(page, "#ticket");
  await type("HD-4812");
  await press("Enter");
  await at("plan");
  await run(`${calls} confirmed`);
  await tabTo(page, ".step .field");
  await type("closed in the portal's console, shown in its audit page");
  await inspect(page, "offboard-step");
  await press("Enter");
  await page.locator(".step").waitFor({ state: "detached" });
  await shows(".plan-rows tr", "done by hand, not confirmed yet");
  await page.waitForFunction(() => document.activeElement?.matches("tr[id^=action-]") && document.activeElement.innerText.includes("done by hand"));
  await tabTo(page, 'a[href*="/record/export"]');
  await press("Enter");
  await at("export");
  assert.match(page.url(), /ticket=HD-4812/);
  await tabTo(page, "#make-button");
  const pack = await download("ticket.zip");
  const whole = verify(pack);
  assert.equal(whole.status, 0, whole.words);
  assert.match(readFileSync(pack, "latin1"), /portal's console/);
  assert.deepEqual(complaints.splice(0), []);
});

test("auditor: an entry, the record as a whole, and a pack that a flipped byte breaks", async () => {
  await go("gr", "record");
  const all = await page.locator("#listing").getAttribute("data-says");
  assert.equal(await page.locator("#clear-filter").isVisible(), false, "there is nothing to clear");
  await tabTo(page, "#by-ticket");
  await type("HD-4812");
  await press("Enter");
  await page.waitForFunction((was) => document.getElementById("listing").dataset.says !== was, all);
  await page.locator("#clear-filter").waitFor();
  await tabTo(page, "#listing a[data-row]");
  for (let i = 0; i < 20 && !(await page.locator("#detail .diff").count()); i++) {
    const before = await page.locator("#detail header").innerText();
    await press("j");
    await page.waitForFunction((was) => document.querySelector("#detail header").innerText !== was, before);
  }
  assert.match(await page.locator("#detail .diff").innerText(), /active\s+true\s+false/);
  await press("v");
  await shows("#seal", "entries verified");
  await press("x");
  await at("export");
  const key = await page.locator('h3:text-is("The public key") ~ * code[data-text]').first().getAttribute("data-text");
  await tabTo(page, "#make-button");
  const pack = await download("audit.zip");
  const whole = verify(pack, "--key", key);
  assert.equal(whole.status, 0, whole.words);
  const bytes = readFileSync(pack);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(pack, bytes);
  assert.equal(verify(pack, "--key", key).status, 3, "a flipped byte went unnoticed");
  assert.deepEqual(complaints.splice(0), []);
});
