"use strict";
// The page can be read without this script, which filters, searches, sorts and shows details.

const find = (query, within = document) => within.querySelector(query);
const all = (query, within = document) => [...within.querySelectorAll(query)];

function make(name, text) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  return element;
}

function valueOf(cell) {
  return cell.dataset.value === undefined ? cell.textContent.trim() : cell.dataset.value;
}

// Numbers by size, names alphabetically; unknown values last in both directions.
function compare(first, second, sign) {
  const unknown = (text) => text === "" || text === "–";
  if (unknown(first) || unknown(second)) return unknown(first) - unknown(second);
  const [a, b] = [Number(first), Number(second)];
  return sign * (Number.isNaN(a) || Number.isNaN(b) ? first.localeCompare(second) : a - b);
}

function startSorting(table) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => find("button", head).addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") !== "descending";
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = find("tbody", table);
    const sorted = all("tr", body).sort((a, b) =>
      compare(valueOf(a.cells[column]), valueOf(b.cells[column]), down ? -1 : 1));
    body.append(...sorted);
  }));
}

function asCsv(table) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const known = (text) => (text === "–" ? "" : text);
  const head = all("thead th", table).map((cell) => quoted(cell.textContent));
  const body = all("tbody tr", table).map((row) => [...row.cells].map((cell) => quoted(known(valueOf(cell)))));
  return [head, ...body].map((row) => row.join(",")).join("\r\n") + "\r\n";
}

function startDownload() {
  const button = find("#download");
  if (!button) return;
  button.addEventListener("click", () => {
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([asCsv(find("#ranking"))], { type: "text/csv" }));
    link.download = "hypotheses.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

// What is wider than its frame scrolls, and so must be reached with the keyboard.
function startScrolling() {
  const mark = () => {
    for (const frame of all(".equation, .frame")) {
      if (frame.scrollWidth > frame.clientWidth) frame.tabIndex = 0;
      else frame.removeAttribute("tabindex");
    }
  };
  window.addEventListener("resize", mark);
  document.addEventListener("toggle", mark, true);
  mark();
}

const drawing = startNetwork();
startScrolling();
all("table.sortable").forEach(startSorting);
startDownload();
