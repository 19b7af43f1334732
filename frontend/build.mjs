// Builds what the pages need into dist/: one stylesheet, the scripts, the font,
// the icons in use and the licences of all of it. Nothing is fetched.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const at = (...parts) => join(root, ...parts);
const modules = (...parts) => at("node_modules", ...parts);
const read = (file) => readFileSync(file, "utf8");
const packages = ["htmx.org", "basecoat-css", "tailwindcss", "lucide-static", "@fontsource-variable/inter"];
const components = ["btn", "badge", "kbd", "progress"];

/** Empties dist/ but for the file that git keeps there. */
function clear() {
  for (const name of readdirSync(at("dist"))) {
    if (name !== "placeholder.txt") rmSync(at("dist", name), { recursive: true });
  }
}

/** Writes the rules of Basecoat's dense style for the components in use. */
function denseStyle() {
  const used = new RegExp(`^\\.(${components.join("|")})\\b`);
  const body = read(modules("basecoat-css/dist/styles/mira.css"))
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*@layer components \{/, "");
  const rules = [];
  for (const rule of body.split(/^ {2}\}$/m)) {
    if (used.test(rule.trim())) rules.push(rule.trim() + "\n}");
  }
  if (rules.length < components.length) throw new Error("mira.css has another shape than this script expects");
  mkdirSync(modules(".cache"), { recursive: true });
  writeFileSync(modules(".cache/mira.css"), `@layer components {\n${rules.join("\n")}\n}\n`);
}

/** Compiles css/app.css. */
function styles() {
  const manifest = createRequire(import.meta.url).resolve("@tailwindcss/cli/package.json");
  const cli = join(dirname(manifest), "dist/index.mjs");
  execFileSync(process.execPath, [cli, "-i", at("css/app.css"), "-o", at("dist/app.css"), "--minify"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Copies the variable font and puts its face rules into the stylesheet. */
function font() {
  const from = modules("@fontsource-variable/inter");
  mkdirSync(at("dist/fonts"));
  const css = read(join(from, "wght.css")).replace(/url\(\.\/files\/([^)]+)\)/g, (_, name) => {
    copyFileSync(join(from, "files", name), at("dist/fonts", name));
    return `url(fonts/${name})`;
  });
  writeFileSync(at("dist/app.css"), css.replace(/\/\*[\s\S]*?\*\/\s*/g, "") + read(at("dist/app.css")));
}

/** Names the icons that the templates ask for: @icon("name") and icon names in view code. */
function iconNames() {
  const names = new Set();
  for (const file of readdirSync(root)) {
    if (!/\.(templ|go)$/.test(file) || /_(templ|test)\.go$/.test(file)) continue;
    for (const m of read(at(file)).matchAll(/\bicon(?:Name)?\("([a-z0-9-]+)"\)/g)) names.add(m[1]);
  }
  return [...names].sort();
}

/** Collects the icons in use into one sprite, which stands in each page. */
function icons() {
  const symbols = iconNames().map((name) => {
    const svg = read(modules("lucide-static/icons", `${name}.svg`));
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="icon-${name}" viewBox="0 0 24 24">${shapes.replace(/\s*\n\s*/g, "")}</symbol>`;
  });
  writeFileSync(at("dist/icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg" hidden>${symbols.join("")}</svg>\n`);
}

/** Copies the scripts and the mark. */
function copies() {
  copyFileSync(at("img/mark.svg"), at("dist/mark.svg"));
  copyFileSync(modules("htmx.org/dist/htmx.min.js"), at("dist/htmx.js"));
  for (const name of readdirSync(at("js"))) copyFileSync(at("js", name), at("dist", name));
}

/** Writes the licence texts of everything that ends up in dist/. */
function licences() {
  const texts = packages.map((name) => {
    const { version, license } = JSON.parse(read(modules(name, "package.json")));
    const file = readdirSync(modules(name)).find((f) => /^licen[cs]e/i.test(f));
    return `${name} ${version} (${license})\n\n${read(modules(name, file)).trim()}\n`;
  });
  writeFileSync(at("dist/licences.txt"), texts.join(`\n${"-".repeat(72)}\n\n`));
}

clear();
denseStyle();
styles();
font();
icons();
copies();
licences();
