// A field that finds people, and those it found as choices below it: the arrows
// go from the one to the others, Enter takes the first.
(() => {
  "use strict";

  const hitsOf = (field) => document.getElementById(field.dataset.pick);
  const choices = (field) => [...hitsOf(field).querySelectorAll("input[type=radio]")];

  /** Whether the list on show is the one for what the field holds. */
  const fits = (field) => (hitsOf(field).querySelector("[data-q]")?.dataset.q ?? "") === field.value;
  let waiting = null;

  const choose = (field) => {
    waiting = fits(field) ? null : field;
    const first = !waiting && choices(field)[0];
    if (!first) return;
    first.checked = true;
    first.focus();
  };

  const onKey = (event) => {
    if (event.isComposing) return;
    const field = event.target;
    if (field.matches?.("[data-pick]") && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      return choose(field);
    }
    const back = event.key === "ArrowUp" && [...document.querySelectorAll("[data-pick]")].find((f) => choices(f)[0] === event.target);
    if (!back) return;
    event.preventDefault();
    back.focus();
  };

  const afterSwap = (event) => {
    if (waiting && event.detail?.ctx?.target === hitsOf(waiting) && fits(waiting)) choose(waiting);
  };

  document.addEventListener("keydown", onKey);
  document.addEventListener("htmx:after:swap", afterSwap);
})();
