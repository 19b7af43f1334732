// Starts the demo as a person would and hands out browser contexts on it.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
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

/** Where screenshots go: SHOTS, or build/cache/shots. */
export const shots = process.env.SHOTS ?? join(root, "build/cache/shots");
mkdirSync(shots, { recursive: true });

/** Serves the demo; {url, stop}. The url is the first line that the program prints. */
export async function startDemo() {
  const binary = join(root, "build/bin/rollcall-cli");
  if (!existsSync(binary)) throw new Error("build/bin/rollcall-cli is missing: run make cli");
  const home = mkdtempSync(join(tmpdir(), "rollcall-browser-"));
  const child = spawn(binary, ["demo", "--serve"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, HOME: home, XDG_DATA_HOME: home },
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await firstLine(child, ended);
  const stop = async () => {
    child.kill("SIGINT");
    const code = await ended;
    rmSync(home, { recursive: true, force: true });
    return code;
  };
  return { url, stop };
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
