"use strict";
// The page can be read without this script, which filters, searches, sorts and shows details.

const find = (query, within = document) => within.querySelector(query);
const all = (query, within = document) => [...within.querySelectorAll(query)];

function make(name, text) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  return element;
}

function startNetwork() {
  const data = find("#edges-data");
  if (!data) return;
  const edges = JSON.parse(data.textContent);
  const lines = all("#drawing .edge");
  const nodes = all("#drawing .node");
  const rows = all("#edges-table tbody tr");
  const [gene, top, confidence, shown] = ["#gene", "#top", "#confidence", "#shown"].map((id) => find(id));
  const drawing = find("#drawing");
  const initialTop = top.value;
  const initialMinWidth = drawing.style.minWidth;
  let zoom = 0;

  // The genes that the user typed: the one of that name, else all whose names begin with it.
  function typedGenes() {
    const text = gene.value.trim().toLowerCase();
    if (!text) return null;
    const names = nodes.map((node) => node.dataset.gene);
    const exact = names.filter((name) => name.toLowerCase() === text);
    return new Set(exact.length ? exact : names.filter((name) => name.toLowerCase().startsWith(text)));
  }

  function filter() {
    const genes = typedGenes();
    const bound = confidence ? Number(confidence.value) : 0;
    const kept = edges.map((edge, rank) =>
      // All edges of a typed gene are shown, however weak.
      (genes ? genes.has(edge.source) || genes.has(edge.target) : rank < Number(top.value)) &&
      (bound === 0 || (edge.confidence !== null && edge.confidence >= bound)));
    const visible = new Set(genes || []);
    edges.forEach((edge, rank) => { if (kept[rank]) visible.add(edge.source).add(edge.target); });
    lines.forEach((line) => { line.toggleAttribute("hidden", !kept[line.dataset.edge]); });
    rows.forEach((row, rank) => { row.hidden = !kept[rank]; });
    for (const node of nodes) {
      node.classList.toggle("found", Boolean(genes && genes.has(node.dataset.gene)));
      node.classList.toggle("faded", !visible.has(node.dataset.gene));
    }
    find("#top-shown").textContent = top.value;
    if (confidence) find("#confidence-shown").textContent = bound.toFixed(2);
    const count = kept.filter(Boolean).length;
    let text = `${count} of ${edges.length} edges shown`;
    if (genes) text += genes.size ? `, those of ${[...genes].join(", ")}` : `: no gene begins with “${gene.value.trim()}”`;
    shown.textContent = `${text}.`;
  }

  function choose(number, takeFocus) {
    const edge = edges[number];
    if (!edge) return;
    for (const line of lines) line.classList.toggle("chosen", Number(line.dataset.edge) === number);
    rows.forEach((row, rank) => row.classList.toggle("chosen", rank === number));
    const title = find("#edge-title");
    title.textContent = `${edge.source} ${edge.kind} ${edge.target}`;
    const facts = make("dl");
    for (const [label, value] of edge.facts) facts.append(make("dt", label), make("dd", value));
    const law = all(".law").find((element) => element.dataset.gene === edge.target);
    facts.append(make("dt", `Law of ${edge.target}`));
    const equation = make("dd");
    if (law) {
      equation.append(find(".equation", law).cloneNode(true));
      const flags = find(".flags", law);
      if (flags) equation.append(flags.cloneNode(true));
    } else equation.textContent = edge.noLaw || "not among those on this page";
    facts.append(equation);
    find("#edge-body").replaceChildren(facts);
    if (takeFocus) title.focus();
  }

  function showGene(name) { gene.value = name; filter(); }

  function resize(step) {
    zoom = step === null ? 0 : Math.max(-3, Math.min(8, zoom + step));
    const base = Math.max(drawing.parentElement.clientWidth, parseFloat(initialMinWidth));
    drawing.style.width = zoom === 0 ? "" : `${Math.round(base * 1.25 ** zoom)}px`;
    drawing.style.minWidth = zoom === 0 ? initialMinWidth : "0";
  }

  function reset() { top.value = initialTop; if (confidence) confidence.value = 0; resize(null); showGene(""); }

  // #edge=3 or #gene=GATA1 in the address opens the page there, so that views can be shared.
  function fromAddress() {
    const [key, value] = decodeURIComponent(location.hash.slice(1)).split(/=(.*)/s);
    if (key === "gene") showGene(value);
    if (key === "edge") choose(Number(value), false);
  }

  find("#filter").addEventListener("submit", (event) => event.preventDefault());
  for (const control of [gene, top, confidence]) if (control) control.addEventListener("input", filter);
  find("#reset").addEventListener("click", reset);
  all("[data-zoom]").forEach((button) =>
    button.addEventListener("click", () => resize(Number(button.dataset.zoom))));
  lines.forEach((line) => line.addEventListener("click", () => choose(Number(line.dataset.edge), false)));
  nodes.forEach((node) => node.addEventListener("click", () =>
    showGene(gene.value === node.dataset.gene ? "" : node.dataset.gene)));
  all("#edges-table .choose").forEach((button) =>
    button.addEventListener("click", () => choose(Number(button.dataset.edge), true)));
  window.addEventListener("hashchange", fromAddress);
  filter();
  fromAddress();
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
    link.download = "knockouts.csv";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  });
}

startNetwork();
all("table.sortable").forEach(startSorting);
startDownload();
