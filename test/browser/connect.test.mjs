// From an empty workspace to its first findings, by keyboard.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { inspect, launch, looks, startEmpty, tabTo, watch } from "./demo.mjs";

const peers = join(dirname(fileURLToPath(import.meta.url)), "../peers/scimmy");
let browser;

before(async () => {
  browser = await launch();
});

after(() => browser?.close());

/** Opens an empty workspace, runs fn on its first page, and demands a quiet page; refused names what may be complained of. */
async function onEmpty(look, fn, refused = []) {
  const served = await startEmpty();
  const { theme: colorScheme, width, height } = look;
  const context = await browser.newContext({ colorScheme, reducedMotion: "reduce", viewport: { width, height } });
  const page = await context.newPage();
  const origin = new URL(served.url).origin;
  const complaints = watch(page, origin);
  page.on("filechooser", () => {}); // from now on: asking for it takes effect late
  try {
    await page.goto(served.url);
    await page.waitForSelector('main[data-page="overview"]');
    await fn(page, origin);
    const bad = complaints.filter((c) => !c.startsWith("console: Failed to load") && !refused.some((r) => c.includes(r)));
    assert.deepEqual(bad, []);
  } finally {
    await context.close();
    assert.equal(await served.stop(), 0);
  }
}

async function follow(page, selector, next) {
  await tabTo(page, selector);
  await page.keyboard.press("Enter");
  await page.waitForSelector(`main[data-page="${next}"]`);
}

/** Chooses the passphrase of a machine without a keychain. */
async function unlock(page, name) {
  await follow(page, 'a[href="/unlock"]', "unlock");
  await inspect(page, `unlock-${name}`);
  await tabTo(page, "#passphrase");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await page.waitForSelector('main[data-page="connect"]');
}

/** A file as the browser's own dialog hands it over; the dialog opens by keyboard. */
async function choose(page, name, text) {
  await tabTo(page, "#pick");
  const [dialog] = await Promise.all([page.waitForEvent("filechooser"), page.keyboard.press("Enter")]);
  await dialog.setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(text, "latin1") });
  await page.waitForSelector("#preview");
}

const hr = `Personalnr;Name;Work e-mail;Gehalt;Status\n${Array.from({ length: 30 }, (_, i) => `${i + 1};J\xfcrgen ${i + 1};person${i + 1}@corp.example;90000;${i === 3 ? "Kur" : "active"}`).join("\n")}\n`;
const members = `User name,Email,Status\n${Array.from({ length: 33 }, (_, i) => `u${i + 1},person${i + 1}@corp.example,active`).join("\n")}\n`;

for (const look of looks) {
  const name = `${look.theme}-${look.width}`;
  test(`two files lead to orphans: ${look.theme}, ${look.width}×${look.height}`, async () => {
    await onEmpty(look, async (page) => {
      await inspect(page, `first-${name}`);
      await unlock(page, name);
      await inspect(page, `connect-${name}`);
      await follow(page, 'a[href="/connect/roster"]', "file");
      await inspect(page, `roster-${name}`);
      await choose(page, "people.csv", hr);
      await inspect(page, `roster-errors-${name}`);
      assert.match(await page.locator("#preview").innerText(), /windows-1252[\s\S]*line 5, column Status/);
      const means = (text) => page.getByLabel(`What ${text} means`);
      await tabTo(page, `#${await means("Kur").getAttribute("id")}`);
      await page.keyboard.type("on l");
      await page.locator(".preview-facts .holds").waitFor();
      assert.equal(await means("Kur").inputValue(), "on leave");
      assert.equal(await means("active").inputValue(), "", "the other text keeps its meaning");
      await inspect(page, `roster-preview-${name}`);
      await tabTo(page, ".reading-side .acts button");
      await page.keyboard.press("Enter");
      await page.waitForSelector('main[data-page="connect"]');
      await follow(page, 'a[href="/connect/members"]', "file");
      await choose(page, "members.csv", members);
      await tabTo(page, "#name");
      await page.keyboard.type("Travel portal");
      await page.keyboard.press("Tab");
      await page.keyboard.type("Nia Okafor");
      await page.keyboard.press("Tab");
      await page.keyboard.type(new Date(Date.now() - 120_000).toISOString());
      await inspect(page, `members-preview-${name}`);
      await page.keyboard.press("Enter");
      await page.waitForSelector('main[data-page="progress"]');
      await inspect(page, `progress-${name}`);
      await follow(page, 'a.btn[href^="/findings"]', "findings");
      assert.equal(await page.locator("a[data-row]").count(), 3);
      await page.goto(new URL("/offboarding", page.url()).href);
      await page.waitForFunction(() => document.activeElement?.id === "who");
      await page.keyboard.press("Escape"); // there is nobody to go to
      await page.keyboard.press("g");
      await page.keyboard.press("f");
      await page.waitForSelector('main[data-page="findings"]');
    });
  });
}

const token = "s3cret-Tr0ub4dor";

/** A SCIM server of somebody else's making with so many users; {url, stop}. */
async function startPeer(count) {
  const child = spawn(process.execPath, ["server.mjs"], { cwd: peers, stdio: ["pipe", "pipe", "inherit"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.stdin.write(`${token}\n`);
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const { url, admin } = JSON.parse(await Promise.race([line, ended]));
  const users = Array.from({ length: count }, (_, i) => ({ id: `u${i}`, userName: `user${i}@corp.example`, active: true }));
  await fetch(`${admin}/state`, { method: "PUT", body: JSON.stringify({ users, groups: [] }), headers: { "Content-Type": "application/json" } });
  return { url, stop: () => (child.stdin.end(), ended) };
}

test("a tenant over SCIM is tested, added and followed to its end, by keyboard", async () => {
  const peer = await startPeer(7);
  try {
    await onEmpty(looks[0], async (page) => {
      await unlock(page, "scim");
      await follow(page, 'a[href="/connect/scim"]', "connect");
      await tabTo(page, "#name");
      await page.keyboard.type("Acme");
      await page.keyboard.press("Tab");
      await page.keyboard.type(peer.url);
      await tabTo(page, "#token");
      await page.keyboard.type("wrong");
      await tabTo(page, ".acts button:nth-child(2)");
      await page.keyboard.press("Enter");
      await page.locator("#token-problem", { hasText: "HTTP 401" }).waitFor();
      assert.equal(await page.inputValue("#token"), "", "the token stayed behind beside an error");
      await inspect(page, "scim-refused");
      await page.keyboard.type("still wrong"); // the field has the focus
      await page.keyboard.press("Enter");
      await page.locator("#token-problem", { hasText: "HTTP 401" }).waitFor();
      assert.match(page.url(), /connect\/scim$/, "a refused token was added");
      await page.keyboard.type(token);
      await tabTo(page, ".acts button:nth-child(2)");
      await page.keyboard.press("Enter");
      await page.locator("#scim-problem", { hasText: "7 users" }).waitFor();
      await inspect(page, "scim-tested");
      await tabTo(page, ".acts button:nth-child(1)");
      await page.keyboard.press("Enter");
      await page.waitForSelector('main[data-page="progress"]');
      await page.locator("#progress", { hasText: "7 accounts, complete" }).waitFor();
      assert.ok(!(await page.content()).includes(token), "the token is on the page");
      await inspect(page, "scim-progress");
      await follow(page, '#progress a[href="/connect/roster"]', "file");
      await choose(page, "people.csv", `Number,Email\n${Array.from({ length: 6 }, (_, i) => `${i + 1},user${i}@corp.example`).join("\n")}\n`);
      await tabTo(page, ".reading-side .acts button");
      await page.keyboard.press("Enter");
      await page.waitForSelector('main[data-page="overview"] .first');
      assert.match(await page.locator(".first").innerText(), /user6@corp\.example/);
      await page.goto(new URL("/tenants", page.url()).href);
      await page.locator(".tenants tbody a").first().click();
      await page.locator(".filters a.chip", { hasText: "Settings" }).click();
      await page.locator('[data-open="remove"]').click();
      await inspect(page, "tenant-remove");
    }, ["/connect/scim/test", "/connect/scim"]);
  } finally {
    await peer.stop();
  }
});

/** A page of users after the first one. */
const laterPage = (req, at) => at.pathname.endsWith("/Users") && Number(at.searchParams.get("startIndex")) > 1;

/** A change of an account. */
const change = (req) => req.method === "PATCH";

/** Stands before a peer and lets one request that it holds through for each call of pass; {url, pass, open, stop}. */
async function startGate(peer, holds) {
  const waiting = [];
  let passes = 0;
  const held = () => (passes > 0 ? passes-- : new Promise((go) => waiting.push(go)));
  const pass = (n) => {
    for (passes += n; passes > 0 && waiting.length > 0; passes--) waiting.shift()();
  };
  const server = createServer(async (req, res) => {
    const from = new URL(req.url, peer.url);
    if (holds(req, from)) await held();
    const { authorization = "", accept = "", "content-type": type } = req.headers;
    const body = req.method === "GET" ? undefined : Buffer.concat(await req.toArray());
    const got = await fetch(new URL(req.url, new URL(peer.url).origin), { method: req.method, body, headers: { authorization, accept, ...(type && { "content-type": type }) } });
    res.writeHead(got.status, { "Content-Type": got.headers.get("content-type") ?? "text/plain" });
    res.end(Buffer.from(await got.arrayBuffer()));
  });
  await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
  const stop = () => new Promise((done) => (server.closeAllConnections(), server.close(done)));
  return { url: `http://127.0.0.1:${server.address().port}${new URL(peer.url).pathname}`, pass, open: () => pass(Infinity), stop };
}

test("a sync goes on while other pages are looked at, and says when it ended", async () => {
  const peer = await startPeer(450);
  const gate = await startGate(peer, laterPage);
  try {
    await onEmpty(looks[3], async (page) => {
      await unlock(page, "held");
      await follow(page, 'a[href="/connect/scim"]', "connect");
      await page.fill("#name", "Acme");
      await page.fill("#url", gate.url);
      await page.fill("#token", token);
      await page.locator(".acts button:nth-child(1)").click();
      await page.waitForSelector('main[data-page="progress"]');
      const address = page.url();
      const reaches = (where, more) =>
        page.waitForFunction(([w, n]) => document.querySelector(`${w} progress`)?.value > n, [where, more]).then(() => page.locator(`${where} progress`).evaluate((p) => p.value));
      const first = await reaches("#progress", 0);
      await page.click("#nav-record");
      await page.waitForSelector('main[data-page="record"]');
      await page.locator("#corner", { hasText: "Syncing Acme" }).waitFor();
      assert.equal(await reaches("#corner", 0), first, "the other page tells another number");
      gate.pass(1);
      const second = await reaches("#corner", first);
      await page.goto(address);
      await page.waitForSelector('main[data-page="progress"]');
      assert.equal(await reaches("#progress", first), second, "coming back shows where it was left");
      await inspect(page, "progress-held");
      await page.click("#nav-tenants");
      await page.waitForSelector('main[data-page="tenants"]');
      await page.setViewportSize({ width: 1100, height: 700 });
      assert.match(await page.locator(".tenants tbody").innerText(), /observe only[^]*never synced \(and 1 more\)/);
      const cut = await page.locator(".tenants th, .tenants td").evaluateAll((all) => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.innerText));
      assert.deepEqual(cut, [], "words are cut");
      gate.open();
      await page.locator("#toasts .toast", { hasText: "Sync of 1 tenant ended: all complete" }).waitFor();
      await page.goto(address);
      await page.locator("#progress", { hasText: "450 accounts, complete" }).waitFor();
    });
  } finally {
    await gate.stop();
    await peer.stop();
  }
});

test("a run goes on while other pages are looked at, and says when it ended", async () => {
  const peer = await startPeer(30);
  const gate = await startGate(peer, change);
  try {
    await onEmpty(looks[2], async (page) => {
      await unlock(page, "run-held");
      await follow(page, 'a[href="/connect/scim"]', "connect");
      await page.fill("#name", "Acme");
      await page.fill("#url", gate.url);
      await page.fill("#token", token);
      await page.check("#allow");
      await page.fill("#reason", "a test tenant");
      await page.locator(".acts button:nth-child(1)").click();
      await page.locator("#progress", { hasText: "30 accounts, complete" }).waitFor();
      await follow(page, '#progress a[href="/connect/roster"]', "file");
      await choose(page, "people.csv", `Number,Email\n${Array.from({ length: 27 }, (_, i) => `${i + 1},user${i}@corp.example`).join("\n")}\n`);
      await page.locator(".reading-side .acts button").click();
      await page.waitForSelector('main[data-page="overview"]');
      await page.goto(new URL("/findings?kind=orphaned", page.url()).href);
      for (let n = 1; n <= 3; n++) {
        await page.locator("input.mark").nth(n - 1).click();
        await page.locator("#plan-button", { hasText: `Plan ${n} staged` }).waitFor();
      }
      await page.keyboard.press("p");
      await page.keyboard.type("Q4-REVIEW");
      await page.keyboard.press("Enter");
      await page.waitForSelector('main[data-page="plan"]');
      const address = page.url();
      await page.keyboard.press("r");
      await page.locator("#run-dialog button[type=submit]").click();
      await page.locator(".run-words", { hasText: "0 of 3 done" }).waitFor();
      await page.click("#nav-people");
      await page.waitForSelector('main[data-page="people"]');
      await page.locator("#corner", { hasText: "Running in Acme" }).waitFor();
      gate.pass(1);
      await page.locator("#corner", { hasText: "1 of 3" }).waitFor();
      await inspect(page, "run-elsewhere");
      await page.goto(address);
      await page.locator(".run-words", { hasText: "1 of 3 done" }).waitFor();
      assert.equal(await page.locator(".run progress").evaluate((p) => p.value), 1, "coming back shows another number");
      await inspect(page, "run-held");
      await page.click("#nav-tenants");
      await page.waitForSelector('main[data-page="tenants"]');
      gate.open();
      await page.locator("#toasts .toast", { hasText: "Run of 3 actions ended" }).waitFor();
      await page.goto(address);
      await page.locator(".run-words", { hasText: "3 confirmed" }).waitFor();
    });
  } finally {
    await gate.stop();
    await peer.stop();
  }
});

test("a program that does not answer is told, and so is that it does again", async () => {
  await onEmpty(looks[1], async (page, origin) => {
    const gone = page.locator("#notice", { hasText: "Rollcall does not answer." });
    await page.click("#nav-people");
    await page.waitForSelector('main[data-page="people"]');
    await page.route(`${origin}/search*`, (route) => route.abort());
    await page.keyboard.press("Control+k");
    await gone.waitFor();
    await inspect(page, "offline");
    await page.keyboard.press("Escape");
    await page.unroute(`${origin}/search*`);
    await page.keyboard.press("Control+k");
    await gone.waitFor({ state: "detached" });
    await page.locator("#palette-list [role=option]").first().waitFor();
  }, ["htmx:error"]);
});

test("the demo opens from an empty workspace, and the way back is there", async () => {
  await onEmpty(looks[1], async (page) => {
    await tabTo(page, "#way-demo ~ *, .try button");
    await page.keyboard.press("Enter");
    await page.locator(".brand .leave button").waitFor();
    await inspect(page, "demo-inside");
    await page.locator(".brand .leave button").press("Enter");
    await page.locator("#first-title").waitFor();
  });
});

test("a tab that still shows the other workspace changes nothing in this one", async () => {
  const refused = "409 for /settings";
  await onEmpty(looks[1], async (page, origin) => {
    const tab = await page.context().newPage();
    await tab.goto(`${origin}/settings`);
    await page.click(".try button");
    await page.locator(".brand .leave button").waitFor();
    const change = async () => {
      await tab.fill("#setting-0-value", "48 hours");
      await tab.fill("#setting-0-reason", "in another tab");
      await tab.locator("#setting-0-reason").press("Enter");
    };
    await change();
    await tab.locator("#setting-0-problem", { hasText: "This page shows another workspace" }).waitFor();
    assert.equal(await tab.inputValue("#setting-0-reason"), "in another tab", "what was typed is lost");
    await tab.reload();
    await change();
    await tab.locator(".toast", { hasText: "Saved: Age of lists set to 2 days" }).waitFor();
  }, [refused]);
});
