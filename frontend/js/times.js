// Times stand in the page as how long ago; hovering one shows it exactly. Who
// cannot hover has all of them shown exactly, until they switch back or the
// session ends.
(() => {
  "use strict";

  let exact = false;
  try {
    exact = sessionStorage.getItem("times") === "exact";
  } catch {
    // It lasts as long as the page.
  }

  /** A row has room for the second; the zone, and the record's own time, stand in the detail. */
  const spelt = (time) => (time.closest("td") && time.title.match(/^[^,]+, [\d:]+/)?.[0]) || time.title;

  /** Writes every time as it is to be read; what a swap brought is in words again. */
  const show = () => {
    document.documentElement.classList.toggle("exact-times", exact);
    for (const time of document.querySelectorAll("time[title]")) {
      if (!time.title) continue;
      if (time.textContent !== spelt(time)) time.dataset.words = time.textContent;
      time.textContent = exact ? spelt(time) : (time.dataset.words ?? time.textContent);
    }
  };

  const toggle = () => {
    exact = !exact;
    try {
      sessionStorage.setItem("times", exact ? "exact" : "words");
    } catch {
      // As above.
    }
    show();
    document.getElementById("live").textContent = exact ? "Exact times" : "Times as how long ago";
  };

  document.addEventListener("rollcall-times", toggle);
  document.addEventListener("click", (event) => event.target.closest("[data-times]") && toggle());
  document.addEventListener("htmx:after:swap", () => exact && show());
  if (exact) show();
})();
