// The command palette: a field that keeps the focus, and a list that the server
// sends for what is typed. Ctrl+K opens it anywhere.
(() => {
  "use strict";

  const dialog = () => document.getElementById("palette");
  const field = () => document.getElementById("palette-field");
  const options = () => [...document.querySelectorAll("#palette-list [role=option]")];
  const chosen = () => document.querySelector("#palette-list [aria-selected=true]");

  /** Whether the list on show is the one for what the field holds. */
  const fits = () => document.querySelector("#palette-body [data-q]")?.dataset.q === field().value;
  let waiting = false;

  const mark = (option) => {
    for (const o of options()) o.setAttribute("aria-selected", String(o === option));
    field().setAttribute("aria-expanded", String(Boolean(option)));
    if (!option) return field().removeAttribute("aria-activedescendant");
    field().setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  };

  const open = () => {
    if (!dialog() || document.querySelector("dialog[open]")) return;
    waiting = false;
    dialog().showModal();
    field().select();
    htmx.trigger(field(), "palette-open");
  };

  const move = (step) => {
    const list = options();
    if (list.length) mark(list[(list.indexOf(chosen()) + step + list.length) % list.length]);
  };

  /** Does what is marked, once the list is the one for what was typed. */
  const choose = () => {
    waiting = !fits();
    if (!waiting) chosen()?.click();
  };

  const onKey = (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return dialog()?.open ? dialog().close() : open();
    }
    if (event.target !== field() || event.isComposing) return;
    const act = { ArrowDown: () => move(1), ArrowUp: () => move(-1), Enter: choose }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  const onClick = (event) => {
    if (event.target.closest("[data-palette]")) {
      event.preventDefault();
      return open();
    }
    if (event.target === dialog() || event.target.closest("#palette-list [role=option]")) dialog().close();
  };

  const afterSwap = (event) => {
    if (event.detail?.ctx?.target?.id !== "palette-body") return;
    mark(options()[0]);
    if (waiting && fits()) choose();
  };

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick, true);
  document.addEventListener("htmx:after:swap", afterSwap);
  document.addEventListener("rollcall-palette", open);
})();
