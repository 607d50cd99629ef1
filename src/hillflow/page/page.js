"use strict";
// The page works without this script: it only filters, finds, sorts and explains what is there.

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
  const [gene, top, sure, shown] = ["#gene", "#top", "#sure", "#shown"].map((id) => find(id));
  const drawing = find("#drawing");
  const started = top.value;
  const least = drawing.style.minWidth;
  let zoom = 0;

  // The genes that are asked for: the one of that name, else all whose names begin with it.
  function asked() {
    const text = gene.value.trim().toLowerCase();
    if (!text) return null;
    const names = nodes.map((node) => node.dataset.gene);
    const exact = names.filter((name) => name.toLowerCase() === text);
    return new Set(exact.length ? exact : names.filter((name) => name.toLowerCase().startsWith(text)));
  }

  function filter() {
    const genes = asked();
    const bound = sure ? Number(sure.value) : 0;
    const kept = edges.map((edge, rank) =>
      // Whoever asks for a gene sees all its edges, however weak.
      (genes ? genes.has(edge.source) || genes.has(edge.target) : rank < Number(top.value)) &&
      (bound === 0 || (edge.sure !== null && edge.sure >= bound)));
    const touched = new Set(genes || []);
    edges.forEach((edge, rank) => { if (kept[rank]) touched.add(edge.source).add(edge.target); });
    lines.forEach((line) => { line.toggleAttribute("hidden", !kept[line.dataset.edge]); });
    rows.forEach((row, rank) => { row.hidden = !kept[rank]; });
    for (const node of nodes) {
      node.classList.toggle("found", Boolean(genes && genes.has(node.dataset.gene)));
      node.classList.toggle("faded", !touched.has(node.dataset.gene));
    }
    find("#top-shown").textContent = top.value;
    if (sure) find("#sure-shown").textContent = bound.toFixed(2);
    const count = kept.filter(Boolean).length;
    let said = `${count} of ${edges.length} edges shown`;
    if (genes) said += genes.size ? `, those of ${[...genes].join(", ")}` : `: no gene begins with “${gene.value.trim()}”`;
    shown.textContent = `${said}.`;
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
    const law = all(".law").find((one) => one.dataset.gene === edge.target);
    facts.append(make("dt", `Law of ${edge.target}`));
    const place = make("dd");
    if (law) {
      place.append(find(".equation", law).cloneNode(true));
      const flags = find(".flags", law);
      if (flags) place.append(flags.cloneNode(true));
    } else place.textContent = edge.nolaw || "not among those on this page";
    facts.append(place);
    find("#edge-body").replaceChildren(facts);
    if (takeFocus) title.focus();
  }

  function ask(name) { gene.value = name; filter(); }

  function resize(step) {
    zoom = step === null ? 0 : Math.max(-3, Math.min(8, zoom + step));
    const base = Math.max(drawing.parentElement.clientWidth, parseFloat(least));
    drawing.style.width = zoom === 0 ? "" : `${Math.round(base * 1.25 ** zoom)}px`;
    drawing.style.minWidth = zoom === 0 ? least : "0";
  }

  function reset() { top.value = started; if (sure) sure.value = 0; resize(null); ask(""); }

  // #edge=3 and #gene=GATA1 in the address open the page there: views can be passed on.
  function fromAddress() {
    const [what, value] = decodeURIComponent(location.hash.slice(1)).split(/=(.*)/s);
    if (what === "gene") ask(value);
    if (what === "edge") choose(Number(value), false);
  }

  find("#ask").addEventListener("submit", (event) => event.preventDefault());
  for (const control of [gene, top, sure]) if (control) control.addEventListener("input", filter);
  find("#reset").addEventListener("click", reset);
  all("[data-zoom]").forEach((button) =>
    button.addEventListener("click", () => resize(Number(button.dataset.zoom))));
  lines.forEach((line) => line.addEventListener("click", () => choose(Number(line.dataset.edge), false)));
  nodes.forEach((node) => node.addEventListener("click", () =>
    ask(gene.value === node.dataset.gene ? "" : node.dataset.gene)));
  all("#edges-table .choose").forEach((button) =>
    button.addEventListener("click", () => choose(Number(button.dataset.edge), true)));
  window.addEventListener("hashchange", fromAddress);
  filter();
  fromAddress();
}

function valueOf(cell) {
  return cell.dataset.value === undefined ? cell.textContent.trim() : cell.dataset.value;
}

// Numbers by size and names by letter; what is not known comes last either way.
function compare(one, other, sign) {
  const unknown = (text) => text === "" || text === "–";
  if (unknown(one) || unknown(other)) return unknown(one) - unknown(other);
  const [a, b] = [Number(one), Number(other)];
  return sign * (Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other) : a - b);
}

function startSorting(table) {
  const heads = all("thead th", table);
  heads.forEach((head, column) => find("button", head).addEventListener("click", () => {
    const down = head.getAttribute("aria-sort") !== "descending";
    heads.forEach((one) => one.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const body = find("tbody", table);
    const sorted = all("tr", body).sort((one, other) =>
      compare(valueOf(one.cells[column]), valueOf(other.cells[column]), down ? -1 : 1));
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
