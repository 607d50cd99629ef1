// What npm's cytoscape, without a screen, makes of a network and its style, as JSON on stdout.
// node cytoscape_answers.cjs net.cyjs net.style.json
const fs = require("fs");
const cytoscape = require("cytoscape");

const [network, style] = process.argv
  .slice(2)
  .map((path) => JSON.parse(fs.readFileSync(path, "utf8")));
const cy = cytoscape({
  ...network, style, headless: true, styleEnabled: true, layout: { name: "preset" },
});
const drawn = (element, ...names) =>
  Object.fromEntries(names.map((name) => [name, element.style(name)]));

const nodes = cy.nodes().map((node) => ({
  ...node.data(), position: node.position(), ...drawn(node, "label"),
}));
const edges = cy.edges().map((edge) => ({
  ...edge.data(),
  drawn: drawn(edge, "target-arrow-shape", "width", "line-color", "opacity", "line-style"),
}));
process.stdout.write(JSON.stringify({ nodes, edges }), () => process.exit(0)); // its timers would wait
