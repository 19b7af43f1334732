// Starts the demo as a person would and hands out browser contexts on it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import axe from "axe-core";
import { chromium } from "playwright-core";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const browsers = ["chromium", "google-chrome", "google-chrome-stable", "chromium-browser"].map((n) => `/usr/bin/${n}`);

// Nothing but our own pages: no updates, no look-ups, no profile.
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The program without a window. */
export const program = join(root, "build/bin/rollcall-cli");

/** Where screenshots go: SHOTS, or build/cache/shots. */
export const shots = process.env.SHOTS ?? join(root, "build/cache/shots");
mkdirSync(shots, { recursive: true });

/** Serves the demo; {url, stop}. */
export function startDemo() {
  return start(["demo", "--serve"]);
}

/** Serves a workspace in which there is nothing yet, with secrets in a file; {url, stop, home}. */
export function startEmpty(env = {}) {
  return start(["serve"], { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere", ...env });
}

/** Serves an empty workspace and the gallery of components; {url, stop, home}. */
export function startGallery() {
  return start(["serve", "--dev"], { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" });
}

/** Serves pages; the url is the first line that the program prints. */
async function start(args, env = {}) {
  if (!existsSync(program)) throw new Error("build/bin/rollcall-cli is missing: run make cli");
  const home = mkdtempSync(join(tmpdir(), "rollcall-browser-"));
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HOME: home, XDG_DATA_HOME: home, ...env },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await firstLine(child, ended);
  const stop = async () => {
    child.kill("SIGINT");
    const code = await ended;
    rmSync(home, { recursive: true, force: true });
    return code;
  };
  return { url, stop, home };
}

async function firstLine(child, ended) {
  const line = new Promise((resolve) => createInterface({ input: child.stdout }).once("line", resolve));
  const got = await Promise.race([line, ended]);
  const url = typeof got === "string" && got.match(/http:\/\/\S+/)?.[0];
  if (!url) throw new Error(`the demo printed no address but ended or said: ${got}`);
  return url;
}

export function launch() {
  const executablePath = process.env.CHROME ?? browsers.find((b) => existsSync(b));
  if (!executablePath) throw new Error("no Chromium: install it, or set CHROME to the path of one");
  return chromium.launch({ executablePath, headless: true, args: flags });
}

/**
 * Collects everything that a sound page never does: script errors, console
 * errors (a refused inline style is one) and requests to anywhere else.
 */
export function watch(page, origin) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`script error: ${error.message}`));
  page.on("console", (m) => m.type() === "error" && complaints.push(`console: ${m.text()}`));
  page.on("request", (r) => {
    if (!r.url().startsWith(origin) && !r.url().startsWith("data:")) complaints.push(`request to ${r.url()}`);
  });
  page.on("response", (r) => r.status() >= 400 && complaints.push(`${r.status()} for ${new URL(r.url()).pathname}`));
  return complaints;
}

/** Waits until it is there, and goes on with the Tab key until what is focused matches. */
export async function tabTo(page, selector) {
  await page.locator(selector).first().waitFor();
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate((s) => document.activeElement?.matches(s), selector)) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`Tab does not reach ${selector}`);
}

/** The windows in which every page is looked at. */
export const looks = [
  { theme: "light", width: 1100, height: 700 },
  { theme: "dark", width: 1100, height: 700 },
  { theme: "light", width: 1440, height: 900 },
  { theme: "dark", width: 1440, height: 900 },
];

/** Photographs the page, asks axe, and looks for what sticks out to the right. */
export async function inspect(page, name) {
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
