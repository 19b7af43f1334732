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
    const place = event.detail.ctx.target;
    if (!place?.matches?.(".problem")) return;
    place.replaceChildren();
    clearProblems(event.detail.ctx.sourceElement?.closest?.("form"));
  };

  const clearProblems = (place) => {
    place?.querySelectorAll(".problem").forEach((old) => old.replaceChildren());
    place?.querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  };

  /** Marks the fields that a problem is about; the first is the one to go to. */
  const markWrong = (place) => {
    const ids = [...place.querySelectorAll("[data-wrong]")].flatMap((p) => p.dataset.wrong.split(" "));
    const fields = ids.map((id) => document.getElementById(id)).filter(Boolean);
    for (const field of fields) field.setAttribute("aria-invalid", "true");
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

  const afterSwap = (event) => {
    const { ctx } = event.detail;
    putBack(ctx);
    showAllFields();
    showStaged();
    holdButtons();
    markWrong(document);
    const place = typeof ctx.target === "string" ? document.querySelector(ctx.target) : ctx.target; // a header names it
    if (place?.matches(".problem")) markWrong(place)?.focus();
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
