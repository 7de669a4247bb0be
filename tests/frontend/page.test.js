import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const FRONTEND = new URL("../../frontend/", import.meta.url);
const PACKAGES = new URL("../../node_modules/", import.meta.url);

const page = await readFile(new URL("index.html", FRONTEND), "utf8");
const files = await readdir(FRONTEND, { recursive: true });
const modules = files.filter(
  (file) => file.endsWith(".js") && file !== "main.js" && !file.startsWith("vendor/"),
);

/**
 * The modules that a module needs, itself among them.
 * @param {string} module
 * @param {Set<string>} found
 */
async function needed(module, found = new Set()) {
  if (found.has(module)) return found;
  found.add(module);
  const source = await readFile(new URL(module, FRONTEND), "utf8");
  for (const [, path] of source.matchAll(/^(?:import|export)\b[^;"]*?"(\.[^"]+)";/gm)) {
    const url = new URL(String(path), new URL(module, FRONTEND));
    await needed(url.href.slice(FRONTEND.href.length), found);
  }
  return found;
}

test("the page asks for every module at once, not one after the other", async () => {
  const asked = [...page.matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(([, path]) => path);
  const modules = await needed("main.js");
  modules.delete("main.js");
  assert.deepEqual(asked.toSorted(), [...modules].toSorted());
});

test("what the page's modules and styles name is there", async () => {
  const named = [...page.matchAll(/(?:href|src)="\/([^"]+\.(?:js|css|svg))"/g)].map(([, path]) => path);
  assert.deepEqual(
    named.filter((path) => !files.includes(String(path))),
    [],
  );
});

test("no script or style stands in the page itself", () => {
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)/);
});

test("Plotly is called by one module, and fetch by one", async () => {
  for (const file of modules) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    if (file !== "chart.js") assert.doesNotMatch(source, /window\.Plotly|\/vendor\//, file);
    if (file !== "api.js") assert.doesNotMatch(source, /\bfetch\(/, file);
  }
});

for (const bundle of ["cartesian", "gl3d"]) {
  test(`Plotly's ${bundle} bundle is what npm holds, on a path that names its version`, async () => {
    const source = new URL(`plotly.js-${bundle}-dist-min/`, PACKAGES);
    const { version } = JSON.parse(await readFile(new URL("package.json", source), "utf8"));
    const copy = new URL(`vendor/plotly-${version}/`, FRONTEND);
    for (const name of [`plotly-${bundle}.min.js`, "LICENSE"]) {
      assert.ok((await readFile(new URL(name, source))).equals(await readFile(new URL(name, copy))), name);
    }
    for (const file of ["chart.js", ...files.filter((file) => file.endsWith(".html"))]) {
      const text = await readFile(new URL(file, FRONTEND), "utf8");
      for (const [, named] of text.matchAll(/\/vendor\/plotly-([^/]+)\//g)) assert.equal(named, version);
    }
  });
}
