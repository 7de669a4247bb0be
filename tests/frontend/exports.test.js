import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as checksum, deflateSync } from "node:zlib";

import { aligned, below, beside, escaped, paragraph, space, wrapped } from "../../frontend/plot/drawing-parts.js";
import { crc32, metadataOf, pngWithText, svgWithText } from "../../frontend/plot/picture-file.js";
import { legend, sheet } from "../../frontend/plot/sheet.js";
import { commandOf, provenanceOf, seedsText } from "../../frontend/landscapes/model/provenance.js";
import { tableAsCsv, tableAsLatex, tableAsMarkdown } from "../../frontend/landscapes/table/table-records.js";
import { tableDrawing } from "../../frontend/landscapes/table/table-drawing.js";
import { cell } from "./landscape_entries.js";

const THEME = { strong: "#111", ink: "#555", faint: "#ddd", line: "#999", page: "#fff" };
const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunter";
/** Every letter is half as wide as its font is high. @type {import("../../frontend/plot/drawing-parts.js").Measure} */
const measure = (text, { size }) => (text.length * size) / 2;

/** The texts of a drawing, as they stand in it. @param {string} svg */
const textsOf = (svg) => [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => String(text));

test("parts of columns stand at one height, however high their neighbours are", () => {
  const block = (/** @type {number} */ width, /** @type {number} */ height) => ({ svg: "x", width, height });
  const { svg, width, height } = aligned([[block(10, 5), block(20, 30)], [block(8, 9), block(8, 2)]], 4, 3);
  assert.deepEqual([width, height], [20 + 4 + 8, 9 + 3 + 30]);
  assert.equal(svg.match(/translate\(24 0\)/g)?.length, 2, "the second column begins where the first one's widest part ends");
  assert.match(svg, /translate\(0 12\)/);
  assert.deepEqual(aligned([], 4, 3), { svg: "", width: 0, height: 0 });
});

test("a text wraps at words, and a word that is too long within itself", () => {
  const widthOf = (/** @type {string} */ text) => text.length;
  assert.deepEqual(wrapped("one two three", 8, widthOf), ["one two", "three"]);
  assert.deepEqual(wrapped(`a ${LONG}`, 20, widthOf), ["a", LONG.slice(0, 20), LONG.slice(20, 40), LONG.slice(40, 60), LONG.slice(60)]);
  assert.deepEqual(wrapped("", 20, widthOf), []);
  assert.deepEqual(wrapped("iii", 0, widthOf), ["i", "i", "i"]);
});

test("parts stand beside and below each other with gaps between them alone", () => {
  const row = beside([space(10, 5), space(20, 8)], 3);
  assert.deepEqual([row.width, row.height], [33, 8]);
  const column = below([row, space(5, 2)], 4);
  assert.deepEqual([column.width, column.height], [33, 14]);
});

test("a paragraph is as high as its lines, and its marks are escaped", () => {
  const { svg, height } = paragraph('a < b & "c"', { size: 10, color: "#000" }, 20, measure);
  assert.ok(Math.abs(height - 14 * textsOf(svg).length) < 1e-9);
  assert.ok(textsOf(svg).join(" ").startsWith("a &lt;"));
  assert.equal(escaped('<&">'), "&lt;&amp;&quot;&gt;");
});

test("no text of a sheet is cut off, however long", () => {
  const labels = {
    title: `${LONG} ${LONG}`,
    subtitle: "Colours end where outliers begin. ".repeat(9).trim(),
    caption: "A sentence that tells what is to be seen. ".repeat(12).trim(),
    facts: /** @type {[string, string][]} */ ([["Command", `descent-atlas-precompute run ${LONG} --only ${LONG}`]]),
  };
  const entries = [{ kind: /** @type {const} */ ("line"), name: `${LONG} and more` }];
  const drawing = sheet(labels, space(500, 300), entries, THEME, measure);
  const texts = [...drawing.svg.matchAll(/<text x="([\d.-]+)"[^>]*font-size="(\d+)"[^>]*>([^<]*)</g)];
  assert.ok(texts.length > 12);
  for (const [, x, size, text] of texts) {
    assert.ok(Number(x) + measure(String(text), { size: Number(size), color: "" }) <= drawing.width, text);
  }
  const whole = texts.map(([, , , text]) => text).join("").replaceAll(" ", "");
  for (const text of [labels.title, labels.subtitle, labels.caption, String(labels.facts[0]?.[1]), String(entries[0]?.name)]) {
    assert.ok(whole.includes(text.replaceAll(" ", "")), text);
  }
});

test("a sheet grows with its texts, and is not narrower than a title needs", () => {
  const of = (/** @type {string} */ caption) =>
    sheet({ title: "A", subtitle: "", caption }, space(100, 50), [], THEME, measure);
  assert.ok(of("word ".repeat(100)).height > of("word").height);
  assert.equal(of("").width, 420 + 2 * 28);
});

test("a legend that has no room goes on in the next line", () => {
  const entries = ["GD", "SGD", "Adam"].map((name) => ({ kind: /** @type {const} */ ("line"), name }));
  const one = legend(entries, 400, THEME, measure);
  const three = legend(entries, 90, THEME, measure);
  assert.ok(three.height > 2 * one.height);
  assert.deepEqual(textsOf(three.svg), ["GD", "SGD", "Adam"]);
  assert.deepEqual(textsOf(legend([{ kind: "global minimum", name: "minimum" }], 200, THEME, measure).svg), ["minimum"]);
});

test("the checksum is that of the PNG standard", () => {
  for (const text of ["", "IEND", "iTXtTitle\0"]) {
    assert.equal(crc32(new TextEncoder().encode(text)), checksum(text));
  }
});

/** @param {string} type @param {Uint8Array} data */
function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(checksum(body));
  return Buffer.concat([length, body, sum]);
}

test("a PNG holds its texts in chunks after its header and stays whole", () => {
  const header = Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const rest = [chunk("IDAT", deflateSync(Buffer.from([0, 0]))), chunk("IEND", Buffer.alloc(0))];
  const png = Buffer.concat([signature, chunk("IHDR", header), ...rest]);
  const labels = { title: "Loss − α", subtitle: "s", facts: /** @type {[string, string][]} */ ([["Seeds", "runs 0"]]) };
  const written = Buffer.from(pngWithText(png, metadataOf(labels)));
  /** @type {[string, string][]} */
  const found = [];
  for (let at = 8; at < written.length; ) {
    const length = written.readUInt32BE(at);
    const body = written.subarray(at + 4, at + 8 + length);
    assert.equal(written.readUInt32BE(at + 8 + length), checksum(body));
    found.push([body.toString("latin1", 0, 4), body.toString("utf8", 4)]);
    at += 12 + length;
  }
  assert.deepEqual(
    found.map(([type]) => type),
    ["IHDR", "iTXt", "iTXt", "iTXt", "IDAT", "IEND"],
  );
  assert.equal(found[1]?.[1], "Title\0\0\0\0\0Loss − α");
  assert.equal(found[3]?.[1], "Seeds\0\0\0\0\0runs 0");
});

test("an SVG holds its title, its description and where it comes from", () => {
  const svg = svgWithText('<svg xmlns="s"><rect></rect></svg>', metadataOf({ title: "a < b", subtitle: "s", caption: "c", facts: [["Link", "http://x?a=1&b=2"]] }));
  assert.equal(
    svg,
    '<svg xmlns="s"><title>a &lt; b</title><desc>s. c</desc><metadata>Title: a &lt; b\nDescription: s. c\n' +
      "Link: http://x?a=1&amp;b=2</metadata><rect></rect></svg>",
  );
});

const MANIFEST = {
  id: "bowl",
  kind: "landscape",
  study: "visual-analysis",
  key: "0123456789abcdef",
  versions: { "descent-atlas": "0.1.0", torch: "2.14.1" },
  seeds: { runs: { sgd: 0 }, plane: 3, batches: null },
};

test("a picture says its study, seeds, versions, the command and the link", () => {
  assert.deepEqual(provenanceOf(MANIFEST, "http://x/landscapes?show=bowl"), [
    ["Study", "visual-analysis; landscape bowl, key 0123456789ab"],
    ["Seeds", "runs 0; plane 3"],
    ["Software", "Descent Atlas 0.1.0, PyTorch 2.14.1"],
    ["Command", "descent-atlas-precompute run visual-analysis --data DATA --out RESULTS --only bowl"],
    ["Link", "http://x/landscapes?show=bowl"],
  ]);
});

test("a landscape that does not record its study claims no command", () => {
  const { study: _, ...earlier } = MANIFEST;
  assert.equal(commandOf(earlier), null);
  const facts = Object.fromEntries(provenanceOf(earlier, ""));
  assert.equal(facts["Study"], "not recorded; landscape bowl, key 0123456789ab");
  assert.equal("Command" in facts, false);
});

test("seeds that most runs share are told once", () => {
  assert.equal(seedsText({ runs: { a: [0, 1, 2], b: 0, c: 0, d: [0, 1, 2], e: 0 } }), "runs 0; a and d 0, 1, 2");
  assert.equal(seedsText({ runs: { a: null }, batches: 7 }), "runs none; batches 7");
  assert.equal(seedsText({}), "");
});

const CELLS = [
  cell({ run: "gd", row: "batch 1, momentum 0", column: "lr 2_e", mean: 38.7, low: 38.05, high: 39.14, paper: 38.33, seeds: [0, 1, 2] }),
  cell({ row: "a|b", column: "lr 2_e", mean: null, low: null, high: null, paper: null, seeds: [0], status: ["diverged"] }),
];

/** @type {import("../../frontend/landscapes/table/standings.js").Standings} */
const STANDINGS = {
  highest: "adam",
  comparisons: 1,
  rule: "Lower than the highest if 95% of it lies below 0.",
  runs: [
    { run: "gd", standing: "lower", difference: -1.5, low: -2.25, high: -0.75 },
    { run: "sgd", standing: "cannot be told", difference: null, low: null, high: null },
  ],
};

test("the CSV of a table has every number as it is", () => {
  const head = "run,row,column,mean,lowest,highest,paper,seeds,status,standing,difference,difference_low,difference_high\r\n";
  assert.equal(
    tableAsCsv(CELLS, STANDINGS),
    head +
      `gd,"batch 1, momentum 0",lr 2_e,38.7,38.05,39.14,38.33,0 1 2,completed,lower,-1.5,-2.25,-0.75\r\n` +
      "sgd,a|b,lr 2_e,,,,,0,diverged,cannot be told,,,\r\n",
  );
  assert.ok(tableAsCsv(CELLS, null).endsWith("sgd,a|b,lr 2_e,,,,,0,diverged,,,,\r\n"));
});

test("Markdown and LaTeX read as the table does, with their signs escaped", () => {
  const facts = /** @type {const} */ ([["Study", "mine"]]);
  const markdown = tableAsMarkdown(CELLS, "Table *I*", facts, STANDINGS).split("\n");
  assert.deepEqual(markdown, [
    "**Table \\*I\\***",
    "",
    "|  | lr 2\\_e |",
    "| --- | ---: |",
    "| batch 1, momentum 0 | 38.7 (38.0–39.1); lower; paper 38.33 |",
    "| a\\|b | —; cannot be told |",
    "",
    "Lower than the highest if 95% of it lies below 0.",
    "",
    "- Study: mine",
    "",
  ]);
  const latex = tableAsLatex(CELLS, "50 % of {all} & more", facts, STANDINGS);
  assert.ok(latex.startsWith(`% Study: mine\n% ${STANDINGS.rule}\n\\begin{table}`));
  assert.ok(latex.includes("\\caption{50 \\% of \\{all\\} \\& more}"));
  assert.ok(latex.includes("lr 2\\_e \\\\"));
  assert.ok(latex.includes("38.7 (38.0--39.1); lower; paper 38.33 \\\\"));
});

test("a table's drawing has each row, column and number, and grows with a long name", () => {
  const drawn = tableDrawing(CELLS, STANDINGS, "ours", "light", THEME, measure);
  const texts = textsOf(drawn.svg).join(" ");
  for (const text of ["lr 2_e", "batch 1, momentum 0", "38.7 ▽", "paper 38.33", "diverged"]) assert.ok(texts.includes(text), text);
  assert.ok(!textsOf(tableDrawing(CELLS, STANDINGS, "difference", "light", THEME, measure).svg).join(" ").includes("▽"));
  const long = CELLS.map((one) => ({ ...one, row: `${LONG} ${one.row}` }));
  assert.ok(tableDrawing(long, null, "ours", "light", THEME, measure).width <= drawn.width + 240);
  assert.ok(textsOf(tableDrawing(long, null, "ours", "light", THEME, measure).svg).join("").includes(LONG.slice(-9)));
});
