import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const FRONTEND = new URL("../../frontend/", import.meta.url);

const page = await readFile(new URL("index.html", FRONTEND), "utf8");
const files = await readdir(FRONTEND, { recursive: true });
const modules = files.filter((file) => file.endsWith(".js") && file !== "main.js");

test("the page asks for every module at once, not one after the other", () => {
  const asked = [...page.matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(([, path]) => path);
  assert.deepEqual(asked.toSorted(), modules.toSorted());
});

test("what the page's modules and styles name is there", async () => {
  const named = [...page.matchAll(/(?:href|src)="\/([^"]+\.(?:js|css|svg))"/g)].map(([, path]) => path);
  // Plotly's script comes from its Python package.
  const missing = named.filter((path) => path !== "plotly.min.js" && !files.includes(String(path)));
  assert.deepEqual(missing, []);
});

test("no script or style stands in the page itself", () => {
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)/);
});

test("Plotly is called by one module, and fetch by one", async () => {
  for (const file of modules) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    if (file !== "chart.js") assert.doesNotMatch(source, /window\.Plotly|loadPlotly/, file);
    if (file !== "api.js") assert.doesNotMatch(source, /\bfetch\(/, file);
  }
});
