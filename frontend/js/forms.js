// What the pages' answers leave alone: what was typed or chosen and not sent
// yet, what a form was answered with, buttons whose request runs, the focus.
(() => {
  "use strict";

  // Fields

  const boxed = (field) => field.matches("[type=checkbox], [type=radio]");
  const valueOf = (field) => (boxed(field) ? field.checked : field.value);

  const defaultOf = (field) => {
    if (boxed(field)) return field.defaultChecked;
    if (!field.options) return field.defaultValue;
    return ([...field.options].find((o) => o.defaultSelected) ?? field.options[0])?.value;
  };

  const setValue = (field, value) => {
    if (boxed(field)) field.checked = value;
    else if (field.value !== value) field.value = value;
  };

  /** The boxes of the findings are no fields: they show what is staged. */
  const fieldsIn = (place) => [...place.querySelectorAll("input:not([type=hidden], [type=file], .mark), select, textarea")];

  /** Keeps what differs from what the server sent, until it is sent itself. */
  const keep = (event) => {
    const { ctx, tasks } = event.detail;
    const morphed = tasks.filter((task) => task.target && task.swapSpec.style.endsWith("Morph"));
    ctx.kept = morphed.flatMap((task) => fieldsIn(task.target)).map((field) => [field, valueOf(field), defaultOf(field), field.value]);
  };

  const putBack = (ctx) => {
    for (const [field, value, was, means] of ctx.kept ?? []) {
      const fits = field.options ? [...field.options].some((o) => o.value === value) : !boxed(field) || field.value === means;
      if (value !== was && fits) setValue(field, value);
      else if (field !== document.activeElement) setValue(field, defaultOf(field));
    }
  };

  /** Shows the fields that go with what was chosen: data-when="name=value". */
  const showFields = (control) => {
    const value = control.type === "checkbox" ? (control.checked ? control.value : "") : control.value;
    for (const field of control.form.querySelectorAll(`[data-when^="${control.dataset.shows}="]`)) {
      field.hidden = field.dataset.when !== `${control.dataset.shows}=${value}`;
    }
  };

  const showAllFields = () => document.querySelectorAll("[data-shows]").forEach(showFields);

  /** Leaves no secret behind beside an error. */
  const forget = () => {
    for (const field of document.querySelectorAll("input[type=password]")) field.value = "";
  };

  // Problems

  /** What was wrong with a form before says nothing of it once it is sent again. */
  const clearProblem = (event) => {
    const { target, sourceElement } = event.detail.ctx;
    const told = target?.matches?.(".problem");
    if (told) target.replaceChildren();
    if (told || sourceElement?.matches?.("form")) clearProblems(sourceElement.closest("form"));
  };

  const tellers = ".problem, #notice, #blank-title"; // say what is wrong

  const clearProblems = (place) => {
    place?.querySelectorAll(".problem").forEach((old) => old.replaceChildren());
    for (const field of place?.querySelectorAll("[aria-invalid]") ?? []) {
      field.removeAttribute("aria-invalid");
      const ids = describing(field).filter((id) => !document.getElementById(id)?.matches(tellers));
      if (ids.length) field.setAttribute("aria-describedby", ids.join(" "));
      else field.removeAttribute("aria-describedby");
    }
  };

  const describing = (field) => field.getAttribute("aria-describedby")?.split(" ") ?? [];

  /** The form that a problem is about stands around it, or names its place. */
  const formOf = (place) => place.closest("form") ?? document.querySelector(`form[hx-target="#${place.id}"]`);

  const wrongFields = (note, form) =>
    note.dataset.wrong.split(" ").map((name) => form?.elements[name]).map((found) => (found instanceof RadioNodeList ? found[0] : found)).filter(Boolean);

  const markField = (field, place) => {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", [...new Set([...describing(field), place.id])].join(" ").trim());
    field.closest("details")?.setAttribute("open", "");
  };

  /** Marks the fields that a problem is about; the first is the one to go to. */
  const markWrong = (within, sent) => {
    const fields = [...within.querySelectorAll("[data-wrong]")].flatMap((note) => {
      const place = note.closest(tellers);
      const found = wrongFields(note, formOf(place) ?? sent);
      found.forEach((field) => markField(field, place));
      return found;
    });
    return fields[0];
  };

  // Requests under way

  const underWay = new Set();

  /** The answer to another request gives no button free, and hides no sign of work. */
  const holdButtons = () => {
    for (const { disabledElements, indicators } of underWay) {
      for (const button of disabledElements) button.disabled = true;
      for (const sign of indicators) sign.classList.add("htmx-request");
    }
  };

  /** A box shows what the server knows, unless it is being told. */
  const showStaged = () => {
    const told = new Set([...underWay].map((ctx) => ctx.sourceElement));
    for (const box of document.querySelectorAll("input.mark")) {
      if (!told.has(box)) box.checked = box.defaultChecked;
    }
  };

  // Focus

  let home = null; // what the person had the focus on last
  let standIn = null; // what has it instead, while that cannot have it
  let toRow = false; // the next page shown has it on its row

  const open = () => document.querySelector("dialog[open]");
  const canHold = (el) => el?.isConnected && !el.disabled && el.getClientRects().length > 0;
  const row = () => document.querySelector("a[data-row][aria-current]");

  const onFocus = (event) => {
    if (event.target === standIn) return;
    home = event.target;
    standIn = null;
  };

  /** A click on nothing takes the focus away because the person wants that. */
  const onPointer = () => {
    home = standIn = null;
  };

  /** A button that is disabled or replaced loses the focus; it is not left with nothing. */
  const keepFocus = () => {
    const at = document.activeElement;
    if (!home || open() || (at !== document.body && at !== standIn && !at.disabled)) return;
    const back = [home, home.id && document.getElementById(home.id)].find((el) => el && canHold(el));
    const to = back ?? row() ?? document.getElementById("page");
    standIn = back ? null : to;
    to?.focus({ preventScroll: true });
  };

  const focusRow = (ctx) => {
    if (!toRow || ctx.target?.id !== "shell") return;
    toRow = false;
    row()?.focus({ preventScroll: true });
  };

  /** htmx goes to what has autofocus; a page that shows itself anew moves nobody. */
  const onSettle = (event) => {
    const { task, newContent } = event.detail;
    if (!task.swapSpec.style.endsWith("Morph")) return;
    for (const el of newContent.splice(0)) {
      el.classList?.remove("htmx-added");
      htmx.process(el);
    }
  };

  const onRequest = (event) => {
    underWay.add(event.detail.ctx);
    clearProblem(event);
  };

  /** A list that is filtered as one types moves nobody before they ask for it. */
  const goToWrong = (place, { sourceElement, sourceEvent }) => {
    const field = place && markWrong(place, sourceElement?.closest?.("form"));
    if (place?.matches(".problem") || sourceEvent?.type === "submit") field?.focus();
  };

  const afterSwap = (event) => {
    const { ctx } = event.detail;
    putBack(ctx);
    showAllFields();
    showStaged();
    holdButtons();
    markWrong(document);
    const place = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target; // a header names it
    if (place?.matches(".problem, #notice, #listing")) goToWrong(place.isConnected ? place : document.getElementById(place.id), ctx);
    focusRow(ctx);
    keepFocus();
  };

  const afterAll = (event) => {
    const { ctx } = event.detail;
    underWay.delete(ctx);
    queueMicrotask(() => {
      showStaged(); // htmx gives its buttons free only now
      if (!ctx.keepIndicators) keepFocus();
    });
  };

  document.addEventListener("focusin", onFocus);
  document.addEventListener("pointerdown", onPointer, true);
  document.addEventListener("htmx:before:request", onRequest);
  document.addEventListener("htmx:before:swap", keep);
  document.addEventListener("htmx:after:settle", onSettle);
  document.addEventListener("htmx:after:swap", afterSwap);
  document.addEventListener("htmx:finally:request", afterAll);
  document.addEventListener("rollcall-forget", forget);
  document.addEventListener("rollcall-decided", () => {
    toRow = true;
  });
  document.addEventListener("close", (event) => clearProblems(event.target), true);
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-shows]")) showFields(event.target);
  });
  showAllFields();
})();
