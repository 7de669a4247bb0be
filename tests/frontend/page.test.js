import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const FRONTEND = new URL("../../frontend/", import.meta.url);
const PACKAGES = new URL("../../node_modules/", import.meta.url);

/** Every page, and the module that starts it. */
const PAGES = { "index.html": "playground/playground-main.js", "landscapes.html": "landscapes/landscapes-main.js", "about.html": "about/about-main.js" };

const files = await readdir(FRONTEND, { recursive: true });
const modules = files.filter(
  (file) => file.endsWith(".js") && !file.startsWith("vendor/"),
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

test("there is no page that is not tested here", () => {
  assert.deepEqual(files.filter((file) => file.endsWith(".html")).toSorted(), Object.keys(PAGES).toSorted());
});

for (const [name, main] of Object.entries(PAGES)) {
  const page = await readFile(new URL(name, FRONTEND), "utf8");

  test(`${name} asks for every module at once, not one after the other`, async () => {
    const asked = [...page.matchAll(/rel="modulepreload" href="\.\/([^"]+)"/g)].map(([, path]) => path);
    const modules = await needed(main);
    modules.delete(main);
    assert.deepEqual(asked.toSorted(), [...modules].toSorted());
  });

  test(`what ${name} names of modules and styles is there`, () => {
    const named = [...page.matchAll(/(?:href|src)="\.\/([^"]+\.(?:js|css|svg))"/g)].map(([, path]) => path);
    assert.ok(named.includes(main));
    assert.deepEqual(
      named.filter((path) => !files.includes(String(path))),
      [],
    );
  });

  test(`no script or style stands in ${name} itself`, () => {
    assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*src=)/);
  });

  test(`every address in ${name} of the server's own is relative to the page`, () => {
    const named = [...page.matchAll(/\s(?:href|src|srcset|action|poster|data)="([^"]*)"/g)].map(([, one]) => one);
    assert.ok(named.length > 10);
    assert.deepEqual(
      named.filter((one) => !/^(?:\.\/|#|https:\/\/)/.test(String(one))),
      [],
    );
  });

  test(`${name} leads to every page, and says which one it is`, () => {
    const pages = page.match(/<nav class="pages"[^]*?<\/nav>/)?.[0] ?? "";
    const links = [...pages.matchAll(/<a href="([^"]+)"( aria-current="page")?>([^<]+)</g)];
    assert.deepEqual(
      links.map(([, path, , title]) => [path, title]),
      [
        ["./", "Playground"],
        ["./landscapes", "Landscapes"],
        ["./about", "About"],
      ],
    );
    const own = name === "index.html" ? "./" : `./${name.replace(".html", "")}`;
    assert.deepEqual(links.filter(([, , current]) => current).map(([, path]) => path), [own]);
  });
}

test("Plotly is loaded by one module and called by one, and fetch by one", async () => {
  for (const file of modules) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    if (file !== "plot/plotly.js") assert.doesNotMatch(source, /window\.Plotly|\/vendor\//, file);
    if (file !== "plot/plotly.js" && file !== "plot/chart.js") assert.doesNotMatch(source, /\bloadPlotly\b/, file);
    if (file !== "core/api.js") assert.doesNotMatch(source, /\bfetch\(/, file);
  }
});

test("no module and no style names an address from the server's root", async () => {
  for (const file of [...modules, ...files.filter((one) => one.endsWith(".css"))]) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    assert.doesNotMatch(source, /["'`(]\/[a-z]/i, file);
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
    for (const file of ["plot/plotly.js", ...files.filter((file) => file.endsWith(".html"))]) {
      const text = await readFile(new URL(file, FRONTEND), "utf8");
      for (const [, named] of text.matchAll(/\/vendor\/plotly-([^/]+)\//g)) assert.equal(named, version);
    }
  });
}
