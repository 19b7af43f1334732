// Files that are chosen in a browser; in the window the program opens them itself.
(() => {
  "use strict";

  /** Bytes as base64url, in parts that a call can take. */
  const base64url = (bytes) => {
    const parts = [];
    for (let i = 0; i < bytes.length; i += 0x6000) parts.push(btoa(String.fromCharCode(...bytes.subarray(i, i + 0x6000))));
    return parts.join("").replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  };

  /** What shows that this browser opened the address; see app.js. */
  const key = () => {
    try {
      return localStorage.getItem("key") ?? "";
    } catch {
      return "";
    }
  };

  /** What a request that changes something carries; see app.js. */
  const shown = () => ({ "X-Rollcall-Key": key(), "X-Rollcall-Workspace": document.getElementById("shell").dataset.workspace });

  /** Reads the chosen file and sends it as text. */
  const takeFile = async (input) => {
    const [file] = input.files;
    const problem = document.getElementById("file-problem");
    if (!file) return;
    problem.replaceChildren();
    document.getElementById("live").textContent = "Reading the file";
    const tooLarge = file.size > Number(input.dataset.most);
    const body = tooLarge ? "" : base64url(new Uint8Array(await file.arrayBuffer()));
    const query = new URLSearchParams({ name: file.name, ...(tooLarge && { large: "1" }) });
    const headers = { "Content-Type": "text/plain", "HX-Request": "true", "HX-Target": "div#file-problem", ...shown() };
    try {
      const url = `${input.dataset.take}&${query}`;
      const answer = await fetch(url, { method: "POST", headers, body });
      const next = answer.headers.get("HX-Redirect");
      if (next) return location.assign(next);
      problem.innerHTML = await answer.text();
    } catch {
      document.dispatchEvent(new Event("rollcall-offline"));
    }
    input.value = "";
  };

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-take]")) takeFile(event.target);
  });
})();
