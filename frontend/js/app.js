// The pages' own script: theme, keyboard, copying and announcements. It runs in
// the head, so that the theme stands before the first paint; the rest waits for
// events. Everything that is data comes from the server as HTML.
(() => {
  "use strict";

  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  /** Reads a setting of this browser; private windows may refuse. */
  const recall = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };

  const remember = (key, value) => {
    try {
      localStorage.setItem(key, value);
    } catch {
      // The setting lasts as long as the page.
    }
  };

  // Session

  const told = document.querySelector('meta[name="rollcall-key"]')?.content;
  if (told) remember("key", told);

  /** A request that changes something shows that this browser opened the address, and which workspace its page shows. */
  const addKey = (event) => {
    const { method, headers } = event.detail.ctx.request;
    if (method === "GET") return;
    const key = recall("key");
    if (key) headers["X-Rollcall-Key"] = key;
    headers["X-Rollcall-Workspace"] = document.getElementById("shell")?.dataset.workspace ?? "";
  };

  // Theme

  const applyTheme = () => {
    const choice = root.dataset.theme || recall("theme");
    const isDark = choice ? choice === "dark" : dark.matches;
    root.classList.toggle("dark", isDark);
    const [r, g, b] = isDark ? [12, 12, 13] : [255, 255, 255];
    window.runtime?.WindowSetBackgroundColour?.(r, g, b, 255);
  };

  const toggleTheme = () => {
    const next = root.classList.contains("dark") ? "light" : "dark";
    root.dataset.theme = next;
    remember("theme", next);
    applyTheme();
    announce(next === "dark" ? "Dark theme" : "Light theme");
  };

  // Announcements

  /** Tells a screen reader what changed. */
  const announce = (text) => {
    const live = document.getElementById("live");
    if (live) live.textContent = text;
  };

  // Toasts

  const toastStays = 4000;
  const mostToasts = 3;

  /**
   * Says for a moment that something was done, or fell short; the pointer holds
   * it, and the next of its kind replaces it.
   */
  const toast = (text, kind, short) => {
    const place = document.getElementById("toasts");
    const shape = document.getElementById("toast");
    if (!place || !shape || !text) return;
    const box = shape.content.cloneNode(true).querySelector(".toast");
    box.querySelector("p").textContent = text;
    box.dataset.kind = kind;
    box.toggleAttribute("data-short", Boolean(short));
    place.querySelector(`[data-kind="${kind}"]`)?.remove();
    const leaveLater = () => setTimeout(() => box.remove(), toastStays);
    let timer = leaveLater();
    box.addEventListener("pointerenter", () => clearTimeout(timer));
    box.addEventListener("pointerleave", () => {
      timer = leaveLater();
    });
    place.append(box);
    while (place.children.length > mostToasts) place.firstElementChild.remove();
  };

  // How something ended that nobody has seen yet: the title shows it.
  const unseenMarks = /^[\u2713!] /;
  let unseen = "";

  const markTitle = () => {
    document.title = unseen + document.title.replace(unseenMarks, "");
  };

  /** Something that was asked for is done, or fell short. */
  const done = (text, kind, short) => {
    toast(text, kind, short);
    unseen = document.hasFocus() ? "" : short ? "! " : "\u2713 ";
    markTitle();
  };

  /** The window notifies the desktop where nobody looks at the page. */
  const tellFocus = (focused) => {
    if (focused) unseen = "";
    markTitle();
    window.runtime?.EventsEmit?.("rollcall-focus", focused);
  };

  const loadScript = (src) =>
    new Promise((resolve) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = resolve;
      document.head.append(script);
    });

  /** The window's library comes with its first page alone; the others fetch it. */
  const loadRuntime = async () => {
    if (window.runtime || !(location.protocol === "wails:" || location.host === "wails.localhost")) return;
    await loadScript("/wails/ipc.js");
    await loadScript("/wails/runtime.js");
    tellFocus(document.hasFocus());
  };

  // Copying

  const copyText = async (text) => {
    if (window.runtime?.ClipboardSetText) return window.runtime.ClipboardSetText(text);
    await navigator.clipboard.writeText(text);
    return true;
  };

  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    try {
      await copyText(code.dataset.text);
      announce("Copied");
      button.dataset.done = "";
      setTimeout(() => delete button.dataset.done, 1500);
    } catch {
      getSelection().selectAllChildren(code);
      announce("Selected; copy it with the keyboard");
    }
  };

  // Rows

  // A row shows its detail beside the list, a line leads to a page of its own.
  const rowLinks = () => [...document.querySelectorAll("[data-rows] a[data-row], a[data-line]")];
  const marked = () => document.querySelector("a[data-row][aria-current]");
  let pending = 0; // the timer of a row that is marked and not asked for yet
  let loading = null; // the request that shows one
  let wanted = null; // what a key asked for before the marked row was on show

  /** Whether the detail is still that of another row than the marked one. */
  const moving = () => Boolean(pending || loading);

  /** Marks a row as the one on show. */
  const select = (link) => {
    for (const other of rowLinks()) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  };

  /** Moves by one row and shows it once the keys rest. */
  const move = (step) => {
    const links = rowLinks();
    if (!links.length) return;
    const focused = links.indexOf(document.activeElement);
    const from = focused >= 0 ? focused : links.indexOf(marked());
    const link = links[Math.min(Math.max(from + step, 0), links.length - 1)];
    link.focus();
    link.scrollIntoView({ block: "nearest" });
    if (!link.hasAttribute("data-row")) return;
    select(link);
    clearTimeout(pending);
    pending = setTimeout(() => show(link), 120);
  };

  /** Loads a row's detail; the link keeps the focus. */
  const show = (link) => {
    clearTimeout(pending);
    pending = 0;
    htmx.ajax("GET", link.getAttribute("href"), { source: link, target: "#detail", swap: "innerHTML", replace: "true" });
  };

  const onRequest = (event) => {
    const { ctx } = event.detail;
    if (ctx.target?.id === "detail") loading = ctx;
  };

  /** The marked row is on show: what waited for that is done now. */
  const onShown = (ctx) => {
    if (ctx !== loading) return;
    const act = wanted;
    loading = wanted = null;
    if (ctx.status === "swapped") act?.();
    if (late) refresh();
  };

  /** Acts on what the detail shows, once that is the marked row. */
  const whenShown = (act) => () => {
    if (!moving()) return act();
    wanted = act;
    if (pending) show(marked());
  };

  const press = (button) => {
    if (button && !button.disabled) return button.click();
    const why = button?.title || document.querySelector("#detail [data-bar]")?.dataset.bar;
    if (why) done(why, "said", true);
  };

  const stageShown = whenShown(() => press(document.querySelector("#detail [data-stage]")));

  /** Stages the marked row, or takes it back; without a row, what the detail shows. */
  const stage = () => {
    const box = marked()?.closest("tr").querySelector("input.mark");
    if (box) press(box);
    else stageShown();
  };

  /** Stages the whole group of the marked row, as far as it can be planned. */
  const stageGroup = () => {
    let group = marked()?.closest("tbody");
    while (group && !group.querySelector("[data-group]")) group = group.previousElementSibling; // a later part of it
    group?.querySelector("[data-group]")?.click();
  };

  /** Goes to the offboarding of the marked row's person, also before the detail shows them. */
  const offboard = () => {
    const row = document.querySelector("a[data-row][aria-current], a[data-line]:focus");
    if (row?.dataset.offboard) location.assign(row.dataset.offboard);
    else pressShown("offboard-button");
  };

  let focusDetail = false;

  // Keyboard

  const singleKeys = () => recall("keys") !== "off";
  // A field keeps the focus for a moment after its dialog was closed.
  const typing = (el) => !el.closest("dialog:not([open])") && el.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  let chord = 0;

  const go = (id) => document.getElementById(id)?.click();
  const pressShown = (id) => whenShown(() => go(id))();

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    t: toggleTheme,
    w: () => document.dispatchEvent(new Event("rollcall-times")),
    d: stage,
    e: () => pressShown("except-button"),
    l: () => pressShown("link-button"),
    p: () => go("plan-button"),
    r: () => go("run-button"),
    o: offboard,
    v: () => go("verify-button"),
    x: () => go("export-button"),
    u: () => go("undo-button"),
    a: stageGroup,
    "/": () => {
      const field = document.querySelector("[data-find]");
      if (!field) return document.dispatchEvent(new Event("rollcall-palette"));
      field.focus();
      field.select();
    },
    "?": () => document.getElementById("keys")?.showModal(),
    g: () => {
      chord = Date.now();
    },
  };

  /** The page that a letter after g leads to. */
  const placeOf = (key) => [...document.querySelectorAll("[data-goto]")].find((a) => a.dataset.goto === key);

  /** The window has no buttons for it, and leaves the keys to the page. */
  const goBack = (event) => {
    const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!way || !event.altKey || !window.runtime || typing(event.target)) return false;
    event.preventDefault();
    history.go(way);
    return true;
  };

  const onKey = (event) => {
    if (goBack(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const waits = wanted; // a dialog, maybe: what is typed is meant for it
    if (event.key === "Escape") wanted = null;
    if (event.key === "Escape") return document.querySelector("dialog[open]") ? undefined : leave(event);
    if (event.key === "ArrowDown" && event.target.matches?.("[data-find]")) return leave(event);
    if (event.key === "Enter" && event.target.matches?.("a[data-row]")) focusDetail = true;
    if (!singleKeys() || typing(event.target) || document.querySelector("dialog[open]")) return;
    if (waits) return event.preventDefault();
    const place = Date.now() - chord < 1200 && placeOf(event.key);
    chord = 0;
    const act = place ? () => place.click() : actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  /**
   * Escape goes from the detail, the search or a filter back to the list, if there is one,
   * and so does the arrow down from the search.
   * The search stays: WebKit would empty its field and say so to nobody.
   */
  const leave = (event) => {
    document.getElementById("notice")?.replaceChildren();
    if (!event.target.closest?.("#detail, #filters, [data-find]")) return;
    event.preventDefault();
    (marked() ?? rowLinks()[0] ?? document.getElementById("page")).focus();
  };

  const onClick = (event) => {
    const target = event.target;
    const button = target.closest("[data-copy], [data-theme-toggle], [data-keys], [data-close], [data-dismiss], [data-open]");
    if (button?.hasAttribute("data-copy")) return copy(button);
    if (button?.hasAttribute("data-theme-toggle")) return toggleTheme();
    if (button?.hasAttribute("data-keys")) return document.getElementById("keys").showModal();
    if (button?.hasAttribute("data-close")) return button.closest("dialog").close();
    if (button?.hasAttribute("data-open")) return openDialog(document.getElementById(button.dataset.open));
    if (button?.hasAttribute("data-dismiss")) return document.getElementById("notice").replaceChildren();
    const download = target.closest("a[data-download]");
    if (download) return setTimeout(() => spent(download));
    const link = target.closest("a[data-row]") || (!target.closest("a, button, input, label, form") && target.closest("tr.row")?.querySelector("a[data-row]"));
    if (!link) return;
    select(link);
    if (!target.closest("a") && !getSelection().toString()) link.click();
  };

  /** The address of a download works once: words stand where it was. */
  const spent = (link) => {
    link.parentElement.textContent = link.dataset.download;
  };

  // Swaps

  const here = () => location.pathname + location.search;
  let changes = 0; // answers to requests that may have changed something
  let late = false; // a refresh waits for a dialog to be closed, or a row to be on show

  /**
   * Shows the page again after something changed underneath it. A dialog that is
   * open is not pulled away from under whoever fills it in.
   */
  const refresh = () => {
    late = moving() || Boolean(document.querySelector("dialog[open]"));
    if (late) return;
    const asked = { url: here(), changes };
    htmx.ajax("GET", asked.url, { target: "#shell", select: "#shell", swap: "outerMorph", asked });
  };

  /** A dialog of the detail is about what is on show: what was on its way there stays away. */
  const openDialog = (dialog) => {
    wanted = null;
    if (moving() && dialog.closest("#detail")) {
      clearTimeout(pending);
      pending = 0;
      late = true;
    }
    dialog.showModal();
  };

  /** Lets no answer take the place of an open dialog, nor an old state that of a newer one. */
  const beforeSwap = (event) => {
    const { ctx, tasks } = event.detail;
    const dialog = document.querySelector("dialog[open]");
    const under = (task) => Boolean(dialog && task.target?.contains?.(dialog));
    const { asked } = ctx;
    const old = asked && (asked.url !== here() || asked.changes !== changes || moving());
    const barred = tasks.filter(under);
    late ||= barred.length > 0;
    if (old || barred.some((task) => task.type === "main")) event.preventDefault();
    if (old) return refresh();
    for (const task of barred) tasks.splice(tasks.indexOf(task), 1);
  };

  const afterRequest = (event) => {
    const { request, response } = event.detail.ctx;
    online();
    if (request.method === "GET") return;
    changes++;
    if (response?.status < 400) document.getElementById("notice")?.replaceChildren(); // what was refused before is over
  };

  /** What a dialog was refused for may be that the page is out of date. */
  const onDialogClose = (event) => {
    if (late || event.target.querySelector("[data-stale], .problem > *")) refresh();
  };

  /**
   * The finding on show was decided and leaves the list: the address goes on to
   * the one after it, or before it where it was the last.
   */
  const goOn = () => {
    if (!document.querySelector('main[data-page="findings"]')) return;
    const links = rowLinks();
    const at = links.indexOf(marked());
    const next = links[at + 1] ?? links[at - 1];
    history.replaceState(history.state, "", next?.getAttribute("href") ?? `/findings${location.search}`);
  };

  /** A decision was taken: its form and its dialog have done their work. */
  const decided = (event) => {
    event.target.closest?.("form")?.reset();
    document.querySelector("dialog[open]")?.close();
    done(event.detail.text, "recorded");
    goOn();
    refresh();
  };

  /** Says that the program behind the pages is gone. */
  const offline = () => {
    const words = document.getElementById("offline");
    if (!words) return;
    document.getElementById("notice").replaceChildren(words.content.cloneNode(true));
    away = true;
  };

  let away = false;

  /** It answers again: the page shows what is now. */
  const online = () => {
    if (!away) return;
    away = false;
    document.getElementById("notice").replaceChildren();
    refresh();
  };

  // Longer than one part: showing the list anew would cut it short.
  let extended = false;

  /** Keeps times and counts true while nobody is in the middle of something. */
  const keepFresh = () => {
    const field = typing(document.activeElement);
    const busy = extended || (field && field.value !== field.defaultValue) || document.querySelector("dialog[open]");
    if (document.visibilityState === "visible" && !busy) refresh();
  };

  const afterSwap = (event) => {
    const place = event.detail?.ctx?.target;
    const id = typeof place === "string" ? place.slice(1) : place?.id; // a header names it
    if (id === "more") extended = true;
    if (id === "page" || id === "shell") extended = false;
    const target = id && document.getElementById(id);
    if (!target) return;
    const says = target.matches("[data-says]") ? target : target.querySelector("[data-says]");
    if (says) announce(says.dataset.says);
    const ended = target.matches("[data-done]") ? target : target.querySelector("[data-done]");
    if (ended) done(ended.dataset.done, "ended", "short" in ended.dataset);
    ended?.removeAttribute("data-done"); // it may outlive the next refresh
    if (unseen) markTitle();
    target.querySelector("a[data-download]")?.click();
    if (id !== "detail") return;
    target.scrollTop = 0;
    if (focusDetail) target.querySelector("h2")?.focus();
    focusDetail = false;
  };

  applyTheme();
  dark.addEventListener("change", applyTheme);
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("htmx:config:request", addKey);
  document.addEventListener("htmx:before:request", onRequest);
  document.addEventListener("htmx:after:request", afterRequest);
  document.addEventListener("htmx:before:swap", beforeSwap);
  document.addEventListener("htmx:after:swap", afterSwap);
  document.addEventListener("htmx:finally:request", (event) => onShown(event.detail.ctx));
  document.addEventListener("htmx:error", offline);
  document.addEventListener("rollcall-offline", offline);
  document.addEventListener("rollcall-changed", refresh);
  document.addEventListener("rollcall-decided", decided);
  document.addEventListener("rollcall-says", (event) => done(event.detail.text, "said"));
  document.addEventListener("close", onDialogClose, true);
  setInterval(keepFresh, 60_000);
  window.addEventListener("focus", () => tellFocus(true));
  window.addEventListener("blur", () => tellFocus(false)); // some engines still say that it has the focus
  document.addEventListener("DOMContentLoaded", () => {
    const box = document.getElementById("single-keys");
    if (box) box.checked = singleKeys();
    applyTheme();
    tellFocus(document.hasFocus());
    if (location.hash) document.getElementById(location.hash.slice(1))?.focus(); // where it can hold it
    loadRuntime();
  });
  document.addEventListener("change", (event) => {
    if (event.target.id === "single-keys") remember("keys", event.target.checked ? "on" : "off");
  });
})();
