"use strict";
// The drawing of the network: all genes, or the neighbourhood of one, on a canvas.

const KINDS = { 1: "activates", "-1": "inhibits", 0: "regulates" };
const ROOM = 110; // between neighbours in the layout that the page brings
const COLUMN = 150, ROW = 32; // of a neighbourhood
const MOST = 80; // genes drawn in a neighbourhood
const OWN_LAYOUT = 60; // genes from which a neighbourhood is laid out anew

// Which genes lie within some steps of one, the nearest and strongest first, and on which side:
// those that were reached against an edge (regulators) left, others right.
function neighbourhood(net, eligible, gene, steps) {
  const near = new Map([[gene, { depth: 0, side: 0 }]]);
  for (let depth = 1; depth <= steps; depth++) {
    for (const edge of eligible) {
      const [source, target] = [net.source[edge], net.target[edge]];
      for (const [from, to, side] of [[source, target, 1], [target, source, -1]]) {
        const here = near.get(from);
        if (here && here.depth === depth - 1 && !near.has(to)) near.set(to, { depth, side: here.side || side });
      }
    }
  }
  return near;
}

// Columns: regulators left of the gene, targets right of it, those of two steps further out; as
// many genes in each as make the whole about as high as the drawing, for its width.
function columns(near, shape) {
  const rows = Math.max(6, Math.ceil(Math.sqrt((near.length * COLUMN * shape) / ROW)));
  const at = new Map();
  for (const side of [-1, 1]) {
    let across = 0;
    for (const depth of [1, 2]) {
      const genes = near.filter(([, one]) => one.side === side && one.depth === depth).map(([gene]) => gene);
      for (let start = 0; start < genes.length; start += rows) {
        const column = genes.slice(start, start + rows);
        across += COLUMN;
        column.forEach((gene, k) => at.set(gene, [side * across, (k - (column.length - 1) / 2) * ROW]));
      }
    }
  }
  return at.set(near[0][0], [0, 0]);
}

// Where the way from a box's middle toward a point leaves the box.
function border([x, y], [toX, toY], half) {
  const [across, down] = [toX - x, toY - y];
  const reach = Math.min(across ? half[0] / Math.abs(across) : Infinity, down ? half[1] / Math.abs(down) : Infinity, 0.9);
  return [x + reach * across, y + reach * down];
}

// A drawing of some edges of a network. `chosen` is called with what was clicked.
function networkDrawing(canvas, net, chosen) {
  const pen = canvas.getContext("2d");
  const view = { scale: 1, x: 0, y: 0 };
  let [scene, curves, places] = [null, [], []];
  const largest = Math.max(...net.weight.map(Math.abs));

  function color(name) { return getComputedStyle(canvas).getPropertyValue(`--${name}`).trim(); }

  function screen([x, y]) { return [(x - view.x) * view.scale + canvas.clientWidth / 2, (y - view.y) * view.scale + canvas.clientHeight / 2]; }

  function fit(genes) {
    const points = genes.map((gene) => scene.at.get(gene));
    if (!points.length) return;
    const low = [0, 1].map((k) => Math.min(...points.map((point) => point[k])));
    const high = [0, 1].map((k) => Math.max(...points.map((point) => point[k])));
    const space = [canvas.clientWidth - 100, canvas.clientHeight - 90].map((one) => Math.max(one, 40));
    view.scale = Math.min(1.3, ...[0, 1].map((k) => space[k] / Math.max(high[k] - low[k], 1)));
    [view.x, view.y] = [0, 1].map((k) => (low[k] + high[k]) / 2);
  }

  function end(kind, [x, y], angle, size) {
    pen.save();
    pen.translate(x, y);
    pen.rotate(angle);
    pen.beginPath();
    if (kind === "activates") { pen.moveTo(0, 0); pen.lineTo(-size, -size / 2); pen.lineTo(-size, size / 2); }
    else if (kind === "inhibits") pen.rect(-size / 4, -size / 2, size / 4, size);
    else pen.arc(-size / 3, 0, size / 3, 0, 7);
    pen.fill();
    pen.restore();
  }

  function drawEdge(edge, half, palette) {
    const [source, target] = [net.source[edge], net.target[edge]];
    const kind = KINDS[net.sign[edge]];
    const [a, b] = [screen(scene.at.get(source)), screen(scene.at.get(target))];
    const strength = Math.abs(net.weight[edge]) / largest;
    const loop = source === target;
    const bent = loop ? null : [(a[0] + b[0]) / 2 + 0.12 * (b[1] - a[1]), (a[1] + b[1]) / 2 - 0.12 * (b[0] - a[0])];
    const start = loop ? [a[0] - 9, a[1] - half(source)[1]] : border(a, bent, half(source));
    const stop = loop ? [a[0] + 9, a[1] - half(source)[1]] : border(b, bent, half(target));
    const bends = loop ? [[a[0] - 34, a[1] - half(source)[1] - 38], [a[0] + 34, a[1] - half(source)[1] - 38]] : [bent];
    const path = new Path2D();
    path.moveTo(...start);
    if (loop) path.bezierCurveTo(...bends[0], ...bends[1], ...stop);
    else path.quadraticCurveTo(...bent, ...stop);
    if (scene.chosen === edge) { pen.globalAlpha = 1; pen.strokeStyle = palette.mark; pen.lineWidth = 12; pen.stroke(path); }
    const confidence = net.confidence[edge];
    pen.globalAlpha = scene.chosen === edge || confidence === null ? 1 : 0.3 + 0.7 * confidence;
    pen.strokeStyle = pen.fillStyle = palette[kind];
    const thin = scene.edges.length > 150 ? 0.5 : 1;
    pen.lineWidth = thin * (1.2 + 3.8 * strength);
    pen.stroke(path);
    const toward = bends[bends.length - 1];
    end(kind, stop, Math.atan2(stop[1] - toward[1], stop[0] - toward[0]), thin === 1 ? 12 : 7);
    pen.globalAlpha = 1;
    curves.push([edge, path]);
  }

  function drawGroups(palette) {
    pen.fillStyle = palette.shade;
    for (const genes of scene.groups) {
      const points = genes.map((gene) => screen(scene.at.get(gene)));
      const middle = points[0]; // the hub
      const radius = Math.max(...points.map((point) => Math.hypot(point[0] - middle[0], point[1] - middle[1])));
      pen.beginPath();
      pen.arc(...middle, radius + 0.55 * ROOM * view.scale, 0, 7);
      pen.fill();
    }
  }

  // Names where they fit, those of most edges first; in boxes if there is room for all.
  function drawGenes(genes, boxed, half, palette) {
    const taken = [];
    for (const gene of genes) {
      const [x, y] = screen(scene.at.get(gene));
      if (x < -60 || y < -20 || x > canvas.clientWidth + 60 || y > canvas.clientHeight + 20) continue;
      const [found, active] = [scene.found.has(gene), scene.active.has(gene)];
      const [across, down] = half(gene);
      pen.globalAlpha = active ? 1 : 0.35;
      pen.strokeStyle = found ? palette.ink : palette.quiet;
      pen.lineWidth = found ? 2.4 : 1.2;
      pen.beginPath();
      if (boxed) {
        pen.roundRect(x - across, y - down, 2 * across, 2 * down, 7);
        pen.fillStyle = found ? palette.mark : palette.paper;
        pen.fill();
        pen.stroke();
        pen.fillStyle = palette.ink;
        pen.fillText(net.genes[gene], x, y);
      } else {
        pen.arc(x, y, down, 0, 7);
        pen.fillStyle = found ? palette.mark : active ? palette.ink : palette.quiet;
        pen.fill();
        if (found) pen.stroke();
        const wide = pen.measureText(net.genes[gene]).width / 2 + 3;
        const box = [x - wide, y - down - 17, x + wide, y - down - 1];
        const free = taken.every((other) => box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1]);
        if (active && free) {
          taken.push(box);
          pen.globalAlpha = 0.8;
          pen.fillStyle = palette.paper;
          pen.fillRect(box[0], box[1], 2 * wide, 16);
          pen.globalAlpha = 1;
          pen.fillStyle = palette.ink;
          pen.fillText(net.genes[gene], x, y - down - 9);
        }
      }
      places.push([gene, x, y, across, down]);
    }
    pen.globalAlpha = 1;
  }

  function draw() {
    const ratio = window.devicePixelRatio || 1;
    [canvas.width, canvas.height] = [canvas.clientWidth, canvas.clientHeight].map((size) => Math.round(size * ratio));
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (!scene || !canvas.clientWidth) return;
    const palette = Object.fromEntries(["paper", "ink", "quiet", "shade", "mark"].map((name) => [name, color(name)]));
    Object.assign(palette, { activates: color("blue"), inhibits: color("orange"), regulates: color("grey") });
    [curves, places] = [[], []];
    const boxed = view.scale * scene.room[0] >= 52 && view.scale * scene.room[1] >= 20;
    pen.font = `${boxed ? 13 : 12}px system-ui, sans-serif`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    const widths = new Map();
    const half = (gene) => {
      if (!boxed) return scene.active.has(gene) ? [3, 3] : [1.5, 1.5];
      if (!widths.has(gene)) widths.set(gene, pen.measureText(net.genes[gene]).width / 2 + 8);
      return [widths.get(gene), 11];
    };
    if (scene.groups.length) drawGroups(palette);
    for (const edge of [...scene.edges].reverse()) drawEdge(edge, half, palette);
    drawGenes(scene.genes, boxed, half, palette);
  }

  function zoom(factor) { view.scale = Math.max(0.02, Math.min(4, view.scale * factor)); draw(); }

  function move(across, down) { view.x -= across / view.scale; view.y -= down / view.scale; draw(); }

  function hit(x, y) {
    const gene = places.findLast(([, atX, atY, across, down]) => Math.abs(x - atX) <= across + 4 && Math.abs(y - atY) <= down + 4);
    if (gene) return { gene: gene[0] };
    const ratio = window.devicePixelRatio || 1;
    pen.lineWidth = 14;
    const curve = curves.findLast(([, path]) => pen.isPointInStroke(path, x * ratio, y * ratio));
    return curve ? { edge: curve[0] } : {};
  }

  let [held, moved] = [null, false];
  canvas.addEventListener("pointerdown", (event) => { held = [event.clientX, event.clientY]; moved = false; });
  canvas.addEventListener("pointermove", (event) => {
    if (!held || !event.buttons) return;
    const step = [event.clientX - held[0], event.clientY - held[1]];
    if (!moved && Math.hypot(...step) < 4) return;
    [held, moved] = [[event.clientX, event.clientY], true];
    move(...step);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (held && !moved) {
      const frame = canvas.getBoundingClientRect();
      chosen(hit(event.clientX - frame.left, event.clientY - frame.top));
    }
    held = null;
  });
  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[event.key];
    const factor = { "+": 1.25, "=": 1.25, "-": 0.8 }[event.key];
    if (!step && !factor) return;
    event.preventDefault();
    if (step) move(...step); else zoom(factor);
  });
  new ResizeObserver(() => { if (scene && !canvas.width) fit(scene.view); draw(); }).observe(canvas);
  for (const [name, on] of [["beforeprint", true], ["afterprint", false]]) {
    window.addEventListener(name, () => { document.documentElement.classList.toggle("printing", on); draw(); });
  }
  return {
    show(next) { scene = next; fit(scene.view); draw(); },
    mark(edge) { scene.chosen = edge; draw(); },
    zoom,
    reset() { fit(scene.view); draw(); },
    place: (gene) => screen(scene.at.get(gene)),
  };
}

function startNetwork() {
  const data = find("#edges-data");
  if (!data) return;
  const net = JSON.parse(data.textContent);
  const every = net.weight.map((_, edge) => edge);
  const body = find("#edges-table tbody");
  const [gene, steps, group, top, confidence, shown] = ["#gene", "#steps", "#group", "#top", "#confidence", "#shown"].map((id) => find(id));
  const given = new Map(net.genes.map((_, k) => [k, [net.x[k], net.y[k]]]));
  const degree = net.genes.map(() => 0);
  for (const edge of every) { degree[net.source[edge]] += 1; degree[net.target[edge]] += 1; }
  const hubsFirst = net.genes.map((_, k) => k).sort((a, b) => degree[b] - degree[a] || a - b);
  const initialTop = top.value;
  const drawing = networkDrawing(find("#drawing"), net, (hit) => {
    if (hit.gene !== undefined) showGene(gene.value === net.genes[hit.gene] ? "" : net.genes[hit.gene]);
    else if (hit.edge !== undefined) choose(hit.edge, false);
  });

  // The genes that the user typed: the one of that name, else all whose names begin with it.
  function typedGenes() {
    const text = gene.value.trim().toLowerCase();
    if (!text) return null;
    const matching = (test) => hubsFirst.filter((k) => test(net.genes[k].toLowerCase()));
    const exact = matching((name) => name === text);
    return new Set(exact.length ? exact : matching((name) => name.startsWith(text)));
  }

  function nameOf(edge) { return `${net.genes[net.source[edge]]} ${KINDS[net.sign[edge]]} ${net.genes[net.target[edge]]}`; }

  function fillTable(edges) {
    body.replaceChildren(...edges.slice(0, net.tabled).map((edge) => {
      const row = make("tr");
      const button = make("button", String(edge + 1));
      button.type = "button";
      button.className = "choose";
      button.dataset.edge = edge;
      button.setAttribute("aria-label", `${edge + 1}: show ${nameOf(edge)}`);
      button.addEventListener("click", () => choose(edge, true));
      const head = make("th");
      head.scope = "row";
      head.append(button);
      const number = (value) => {
        const cell = make("td", value === null ? "–" : String(Number(value.toPrecision(3))).replace("-", "−"));
        cell.className = "number";
        return cell;
      };
      const lawful = net.facts.find((one) => one.label === "In the law");
      row.append(head, ...[net.genes[net.source[edge]], KINDS[net.sign[edge]], net.genes[net.target[edge]]].map((text) => make("td", text)), number(net.weight[edge]));
      if (net.lawful) row.append(make("td", lawful.texts[lawful.of[edge]].split(";")[0]));
      if (confidence) row.append(number(net.confidence[edge]));
      return row;
    }));
  }

  function filter() {
    const typed = typedGenes();
    const bound = confidence ? Number(confidence.value) : 0;
    const inside = group && group.value !== "" ? new Set(net.groups[Number(group.value)]) : null;
    // All edges of a typed gene or a chosen group are shown, however weak.
    const eligible = every.filter((edge) => bound === 0 || (net.confidence[edge] !== null && net.confidence[edge] >= bound));
    let edges = eligible.filter((edge) => edge < Number(top.value));
    let [at, room, genes, view, drawn, some] = [given, [ROOM, ROOM], hubsFirst, hubsFirst, null, ""];
    if (typed) {
      const reach = Number(steps.value);
      const around = [...typed].map((k) => neighbourhood(net, eligible, k, reach));
      const depth = (k) => Math.min(...around.map((near) => (near.has(k) ? near.get(k).depth : Infinity)));
      edges = eligible.filter((edge) => {
        const ends = [depth(net.source[edge]), depth(net.target[edge])];
        return Math.min(...ends) < reach && Math.max(...ends) <= reach;
      });
      if (typed.size === 1 && net.genes.length > OWN_LAYOUT) {
        const canvas = find("#drawing");
        const [near] = around;
        at = columns([...near].slice(0, MOST), canvas.clientHeight / Math.max(canvas.clientWidth, 1));
        genes = view = [...at.keys()];
        drawn = edges.filter((edge) => at.has(net.source[edge]) && at.has(net.target[edge]));
        room = [COLUMN, ROW];
        if (near.size > MOST) some = `; drawn are the nearest and strongest ${MOST} of ${near.size} genes`;
      }
    } else if (inside) {
      edges = eligible.filter((edge) => inside.has(net.source[edge]) && inside.has(net.target[edge]));
      view = [...inside];
    }
    const active = new Set(typed || []);
    for (const edge of edges) active.add(net.source[edge]).add(net.target[edge]);
    if (typed && at === given && active.size && net.genes.length > OWN_LAYOUT) view = [...active];
    const found = typed || new Set();
    const rank = (k) => (found.has(k) ? 0 : active.has(k) ? 1 : 2); // names of the first win
    genes = [...genes].sort((a, b) => rank(a) - rank(b));
    drawing.show({ at, room, genes, view, edges: drawn || edges, active, found, groups: at === given ? net.groups : [], chosen: null });
    fillTable(edges);
    find("#top-shown").textContent = `${top.value} (|weight| from ${Math.abs(net.weight[Number(top.value) - 1]).toPrecision(2)})`;
    if (confidence) find("#confidence-shown").textContent = bound.toFixed(2);
    let text = `${edges.length.toLocaleString("en")} of ${every.length.toLocaleString("en")} edges shown`;
    if (typed) {
      const names = [...typed].slice(0, 5).map((k) => net.genes[k]);
      if (typed.size > 5) names.push(`${typed.size - 5} more`);
      const within = Number(steps.value) > 1 ? `those within 2 steps of ${names.join(", ")}` : `those of ${names.join(", ")}`;
      text += typed.size ? `, ${within}` : `: no gene begins with “${gene.value.trim()}”`;
      text += some;
    } else if (inside) text += `, those within the group of ${net.genes[net.groups[Number(group.value)][0]]}`;
    shown.textContent = `${text}.`;
  }

  function choose(edge, takeFocus) {
    if (!(edge in net.weight)) return;
    drawing.mark(edge);
    for (const row of all("tr", body)) row.classList.toggle("chosen", Number(find("button", row).dataset.edge) === edge);
    const target = net.genes[net.target[edge]];
    const title = find("#edge-title");
    title.textContent = nameOf(edge);
    const facts = make("dl");
    for (const { label, texts, of } of net.facts) {
      if (of[edge] >= 0) facts.append(make("dt", label), make("dd", texts[of[edge]]));
    }
    const law = all(".law").find((element) => element.dataset.gene === target);
    facts.append(make("dt", `Law of ${target}`));
    const equation = make("dd");
    if (law) {
      equation.append(find(".equation", law).cloneNode(true));
      const flags = find(".flags", law);
      if (flags) equation.append(flags.cloneNode(true));
    } else equation.textContent = net.noLaw || "not among those on this page";
    facts.append(equation);
    find("#edge-body").replaceChildren(facts);
    if (takeFocus) title.focus();
  }

  function showGene(name) { gene.value = name; filter(); }

  function reset() {
    top.value = initialTop;
    steps.value = "1";
    if (confidence) confidence.value = 0;
    if (group) group.value = "";
    showGene("");
  }

  // #edge=3 or #gene=GATA1 in the address opens the page there, so that views can be shared.
  function fromAddress() {
    const [key, value] = decodeURIComponent(location.hash.slice(1)).split(/=(.*)/s);
    if (key === "gene") showGene(value);
    else if (key === "edge") choose(Number(value), false);
    else return;
    find("#filter").scrollIntoView();
  }

  find("#filter").addEventListener("submit", (event) => event.preventDefault());
  for (const control of [gene, steps, group, top, confidence]) if (control) control.addEventListener("input", filter);
  find("#reset").addEventListener("click", reset);
  all("[data-zoom]").forEach((button) =>
    button.addEventListener("click", () => drawing.zoom(1.25 ** Number(button.dataset.zoom))));
  window.addEventListener("hashchange", fromAddress);
  filter();
  fromAddress();
  return drawing;
}
