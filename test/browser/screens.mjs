// Photographs every page, light and dark, for docs/screens: `make screens`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { launch, shots, startDemo, startEmpty } from "./demo.mjs";

const viewport = { width: 1440, height: 900 };
const browser = await launch();

/** Opens what was served on a page of its own, runs fn and closes all of it. */
async function on(serving, fn) {
  const served = await serving;
  const context = await browser.newContext({ reducedMotion: "reduce", viewport });
  const page = await context.newPage();
  page.on("filechooser", () => {}); // from now on: asking for it takes effect late
  try {
    await page.goto(served.url);
    await page.waitForSelector('main[data-page="overview"]');
    await fn(page, (path) => page.goto(new URL(path, served.url).href));
  } finally {
    await context.close();
    await served.stop();
  }
}

/** Waits until nothing loads, and takes the page as it is, in both themes. */
async function shoot(page, name) {
  await page.waitForLoadState("networkidle");
  await page.evaluate(() => document.fonts.ready);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(shots, `${name}-${colorScheme}.png`) });
  }
}

const open = (page, selector) => page.locator(selector).first().click();
/** Opens the file dialog and answers it. */
async function choose(page, selector, file) {
  const [dialog] = await Promise.all([page.waitForEvent("filechooser"), page.press(selector, "Enter")]);
  await dialog.setFiles(file);
}

const at = (page, name) => page.waitForSelector(`main[data-page="${name}"]`);

/** The file of somebody's HR system, with a word for a status that has to be explained. */
const hr = `Personalnr;Name;Work e-mail;Gehalt;Status\n${Array.from({ length: 30 }, (_, i) => `${i + 1};J\xfcrgen ${i + 1};person${i + 1}@corp.example;90000;${i === 3 ? "Kur" : "active"}`).join("\n")}\n`;

/** The list that somebody exported from a service without SCIM. */
const members = `User name;Email;State\n${Array.from({ length: 20 }, (_, i) => `u${i + 1};person${i + 1}@corp.example;${i % 9 ? "active" : "inactive"}`).join("\n")}\n`;

await on(startEmpty(), async (page, visit) => {
  await shoot(page, "first");
  await visit("/unlock");
  await shoot(page, "unlock");
  await page.fill("#passphrase", "correct horse battery");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await at(page, "connect");
  await shoot(page, "connect");
  await visit("/connect/scim");
  await shoot(page, "connect-scim");
  await visit("/connect/roster");
  await shoot(page, "connect-roster");
  await choose(page, "#pick", { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(hr, "latin1") });
  await page.waitForSelector("#preview");
  await shoot(page, "roster-preview");
  await visit("/connect/members");
  await shoot(page, "connect-members");
  await choose(page, "#pick", { name: "travel-members.csv", mimeType: "text/csv", buffer: Buffer.from(members) });
  await page.waitForSelector("#preview");
  await shoot(page, "members-preview");
});

await on(startDemo(), async (page, visit) => {
  await shoot(page, "overview");
  await visit("/tenants");
  await shoot(page, "tenants");
  const names = await page.locator(".tenants tbody a").allInnerTexts();
  assert.ok(names.length >= 4, `only ${names.length} tenants`);
  await open(page, ".tenants tbody a");
  await page.waitForSelector("#detail h2");
  await shoot(page, "accounts");
  for (const part of ["Groups", "Syncs", "Settings"]) {
    await page.locator(".filters a.chip", { hasText: part }).click();
    await page.locator(".filters a.chip[aria-current]", { hasText: part }).waitFor();
    await shoot(page, `tenant-${part.toLowerCase()}`);
  }
  await visit("/people");
  await shoot(page, "people");
  await visit("/people?state=left&has=findings");
  await open(page, "a[data-row]");
  await page.waitForSelector("#detail #offboard-button");
  await shoot(page, "person");
  await visit("/roster");
  await shoot(page, "revisions");
  await open(page, "main td a.chip");
  await at(page, "changes");
  await shoot(page, "revision");
  await visit("/findings");
  await shoot(page, "findings");
  await visit("/findings?kind=disputed");
  await page.keyboard.press("l");
  await page.locator("dialog[open]").waitFor();
  await shoot(page, "link");
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  await page.keyboard.press("e");
  await page.locator("dialog[open]").waitFor();
  await shoot(page, "except");
  await visit("/decisions");
  await shoot(page, "decisions");
  await visit("/findings?kind=leaver-still-active");
  const marks = page.locator("input.mark:not(:disabled)");
  for (let i = 0; i < Math.min(2, await marks.count()); i++) await marks.nth(i).click();
  await page.locator("#plan-button", { hasText: "Plan 2 staged" }).waitFor();
  await page.keyboard.press("p");
  await page.keyboard.type("Q4-REVIEW");
  await shoot(page, "stage");
  await page.keyboard.press("Enter");
  await at(page, "plan");
  await shoot(page, "plan");
  await page.keyboard.press("r");
  await page.locator("#run-dialog[open]").waitFor();
  await shoot(page, "run");
  await page.locator("#run-dialog button[type=submit]").click();
  await page.waitForSelector("#undo-button");
  await shoot(page, "result");
  await visit("/plans");
  await shoot(page, "plans");
  await visit("/people?q=Rana+Jarrow");
  await page.click("#offboard-button");
  await at(page, "offboard");
  await shoot(page, "offboard");
  await page.fill("#ticket", "HD-4812");
  await page.press("#ticket", "Enter");
  await at(page, "plan");
  await page.keyboard.press("r");
  await page.locator("#run-dialog button[type=submit]").click();
  await page.waitForSelector(".step");
  await page.waitForSelector("#undo-button");
  await shoot(page, "by-hand");
  await visit("/offboarding");
  await shoot(page, "offboarding");
  await visit("/record?kind=actions&outcome=confirmed");
  await page.waitForSelector("#detail .diff");
  await shoot(page, "record");
  await visit("/record/export?ticket=HD-4812");
  await shoot(page, "export");
  const key = await page.locator('h3:text-is("The public key") ~ * code[data-text]').first().getAttribute("data-text");
  const [pack] = await Promise.all([page.waitForEvent("download"), page.click("#make-button")]);
  const checked = { name: pack.suggestedFilename(), mimeType: "application/zip", buffer: readFileSync(await pack.path()) };
  await visit("/record/check");
  await choose(page, "#pick", checked);
  await page.fill("#key", key);
  await page.click("#check-button");
  await page.waitForSelector("#check-problem section");
  await shoot(page, "check");
  await visit("/record/export?ticket=HD-4812");
  await page.keyboard.press("Control+k");
  await page.locator("#palette-list [role=option]").first().waitFor();
  await page.keyboard.type("ma");
  await page.locator("#palette-list [role=option]", { hasText: "Maeve" }).first().waitFor();
  await shoot(page, "palette");
  await page.keyboard.press("Escape");
  await page.locator("main").press("?");
  await shoot(page, "keyboard");
  await visit("/settings");
  await shoot(page, "settings");
  await open(page, "[data-open=protect-account]");
  await shoot(page, "protect");
  await visit("/licences");
  await shoot(page, "licences");
});

await browser.close();
