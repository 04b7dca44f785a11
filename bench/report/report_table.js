// Sorting, filtering and downloading of the table of cases.
"use strict";
(() => {
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const all = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const tools = document.querySelector("#cases .tools");
  const make = (tag, set, parent = tools) => parent.appendChild(Object.assign(document.createElement(tag), set));

  const filter = make("input", { type: "search", placeholder: "filter, e.g. bf16 onednn -hot", ariaLabel: "filter the cases" });
  const status = make("select", { ariaLabel: "status" });
  for (const word of ["every status", ...new Set(all.map(r => r.className))]) make("option", { textContent: word }, status);
  const count = make("span", { className: "quiet" });

  const texts = all.map(r => r.textContent.toLowerCase());
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(w => w && w !== "-");
    let shown = 0;
    all.forEach((row, i) => {
      const fits = words.every(w => w[0] === "-" ? !texts[i].includes(w.slice(1)) : texts[i].includes(w)) &&
        (status.selectedIndex === 0 || row.className === status.value);
      row.hidden = !fits;
      shown += fits;
    });
    count.textContent = shown + " of " + all.length;
  };
  filter.addEventListener("input", show);
  status.addEventListener("change", show);
  show();

  // A row without numbers has one wide cell in place of four.
  const cell = (row, column) => {
    let at = 0;
    for (const c of row.cells) {
      if (column < at + c.colSpan) return c.colSpan > 1 ? null : c;
      at += c.colSpan;
    }
    return null;
  };
  const value = (row, column) => {
    const c = cell(row, column);
    if (!c) return null;
    const text = c.dataset.v ?? c.textContent.trim();
    const number = parseFloat(text);
    return c.classList.contains("n") ? (Number.isNaN(number) ? null : number) : text;
  };
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const down = head.ariaSort === "ascending";
      heads.forEach(h => h.removeAttribute("aria-sort"));
      head.ariaSort = down ? "descending" : "ascending";
      const keys = new Map(all.map(r => [r, value(r, column)]));
      all.sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        if (x === null || y === null) return (x === null) - (y === null);
        const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "en", { numeric: true });
        return down ? -order : order;
      });
      const words = all.map(r => r.textContent.toLowerCase());
      texts.splice(0, texts.length, ...words);
      body.append(...all);
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); sort(); } });
  });

  const data = document.getElementById("data").textContent;
  const save = (name, type, text) => {
    const link = Object.assign(document.createElement("a"), { download: name, href: URL.createObjectURL(new Blob([text], { type })) });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const csv = () => {
    const rows = JSON.parse(data).rows;
    const columns = [...new Set(rows.flatMap(Object.keys))];
    // A spreadsheet takes what begins like this for a formula: a name must stay one.
    const plain = v => typeof v === "string" && /^[=+\-@\t\r]/.test(v) ? "'" + v : String(v);
    const quoted = v => v === undefined ? "" : /[",\r\n]/.test(plain(v)) ? '"' + plain(v).replaceAll('"', '""') + '"' : plain(v);
    return [columns.join(","), ...rows.map(r => columns.map(c => quoted(r[c])).join(","))].join("\r\n") + "\r\n";
  };
  make("button", { type: "button", textContent: "download CSV" }).addEventListener("click", () => save("assay.csv", "text/csv", csv()));
  make("button", { type: "button", textContent: "download JSON" }).addEventListener("click", () => save("assay.json", "application/json", data));
})();
