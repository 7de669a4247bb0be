import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const FRONTEND = new URL("../../frontend/", import.meta.url);
/** What writes the elements of the API's reference, which lies a folder deeper than the pages. */
const REFERENCE = "../backend/descent_atlas/web/description/reference.py";
const PACKAGES = new URL("../../node_modules/", import.meta.url);

/** Every page that is a file, and the module that starts it. */
const PAGES = { "index.html": "playground/playground-main.js", "landscapes.html": "landscapes/landscapes-main.js", "about.html": "about/about-main.js" };

const files = await readdir(FRONTEND, { recursive: true });
const modules = files.filter(
  (file) => file.endsWith(".js") && !file.startsWith("vendor/"),
);
/** Classes that no line gives by its name: an icon, a drawing of SVG, kinds of planes, a direction. */
const COMPUTED_CLASSES = ["play", "sample", "pca", "minima", "shared", "up"];
/** Plotly writes into its own sheet, which therefore stands in no layer. */
const sheets = files.filter((file) => file.endsWith(".css") && file !== "styles/plotly.css");

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

/** What every page is started by, the API's reference among them. */
const MAINS = { ...PAGES, reference: "reference/reference-main.js" };
const [referencePage] = (await readFile(new URL(REFERENCE, FRONTEND), "utf8")).match(/<!doctype html>[^]*<\/html>/) ?? [];

/**
 * A page's source, with addresses as those of a file in `frontend`.
 * @param {string} name
 */
async function sourceOf(name) {
  if (name === "reference") return String(referencePage).replaceAll('"../', '"./');
  return readFile(new URL(name, FRONTEND), "utf8");
}

test("there is no page that is not tested here", () => {
  assert.deepEqual(files.filter((file) => file.endsWith(".html")).toSorted(), Object.keys(PAGES).toSorted());
});

for (const [name, main] of Object.entries(MAINS)) {
  const page = await sourceOf(name);

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

  test(`${name} applies the stored theme before anything is painted`, () => {
    const head = page.slice(0, page.indexOf('rel="stylesheet"'));
    assert.match(head, /<script src="\.\/core\/stored-theme\.js"><\/script>/);
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
    const pages = page.match(/<nav class="masthead-pages"[^]*?<\/nav>/)?.[0] ?? "";
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
    const current = links.filter(([, , mark]) => mark).map(([, path]) => path);
    assert.deepEqual(current, name === "reference" ? [] : [own]);
  });
}

test("no page's room takes from another page's, and what pages share takes from none", async () => {
  const roomOf = (/** @type {string} */ file) => String(file.split("/")[0]);
  const rooms = Object.values(MAINS).map(roomOf);
  for (const file of modules) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    // Types, which JSDoc imports, among them.
    for (const [, path] of source.matchAll(/"(\.{1,2}\/[^"]+\.js)"/g)) {
      const room = roomOf(new URL(String(path), new URL(file, FRONTEND)).href.slice(FRONTEND.href.length));
      assert.ok(room === roomOf(file) || !rooms.includes(room), `${file} takes from ${path}`);
    }
  }
});

test("no two modules have one name, tests among them", async () => {
  const tests = await readdir(new URL(".", import.meta.url));
  const names = [...modules, ...tests.filter((file) => file.endsWith(".js"))].map((file) => file.split("/").at(-1));
  assert.deepEqual(names.filter((name, i) => names.indexOf(name) !== i), []);
});

// Each page holds its own copy: so it is painted at once, without a script and without a server that
// composes it.
test("every page has one masthead, but for its own sections and tools", async () => {
  const mastheads = await Promise.all(
    Object.keys(MAINS).map(async (name) => {
      const page = await sourceOf(name);
      const masthead = page.match(/<header class="masthead">[^]*?<\/header>/)?.[0] ?? "";
      return masthead
        .replace(/\s*<nav class="masthead-sections"[^]*?<\/nav>/, "")
        .replace(/\s*<div id="export"><\/div>/, "")
        .replace(/\s*<div class="page-tools">[^]*?<\/div>/, "")
        .replace(' aria-current="page"', "");
    }),
  );
  assert.match(String(mastheads[0]), /id="theme"/);
  assert.deepEqual(new Set(mastheads).size, 1);
});

test("every class that a module looks for, or a style sheet has a rule for, is some element's", async () => {
  const named = files.filter((file) => !file.startsWith("vendor/") && /\.(js|html)$/.test(file));
  const sources = await Promise.all(named.map((file) => readFile(new URL(file, FRONTEND), "utf8")));
  sources.push(await readFile(new URL(REFERENCE, FRONTEND), "utf8"));
  // A line that says "class" names classes; some are computed.
  const lines = sources.join("\n").split("\n").filter((line) => /\bclass(?:=|:|List)|\bpicture\(/.test(line));
  const given = lines.flatMap((line) => line.match(/"[\w -]*"|`[^`]*`/g) ?? []);
  const had = new Set([...given.flatMap((text) => text.slice(1, -1).split(" ")), ...COMPUTED_CLASSES]);
  /** @type {string[]} */
  const wanted = [];
  for (const source of sources) {
    for (const [, selector] of source.matchAll(/(?:querySelector(?:All)?|matches|closest|find)\(\s*"([^"]+)"/g)) {
      wanted.push(...(selector?.match(/\.[a-z][\w-]*/g) ?? []));
    }
  }
  for (const sheet of sheets) {
    const source = await readFile(new URL(sheet, FRONTEND), "utf8");
    for (const [selectors] of source.replace(/\/\*[^]*?\*\//g, "").matchAll(/[^{};]+(?=\{)/g)) {
      wanted.push(...(selectors.match(/\.[a-z][\w-]*/g) ?? []));
    }
  }
  assert.ok(wanted.length > 300, String(wanted.length));
  assert.deepEqual([...new Set(wanted)].filter((name) => !had.has(name.slice(1))), []);
});

test("every rule of a style sheet stands in a layer", async () => {
  for (const sheet of sheets) {
    const source = await readFile(new URL(sheet, FRONTEND), "utf8");
    const outside = source.replace(/\/\*[^]*?\*\//g, "").replace(/^@layer [a-z]+ \{\n[^]*?^\}$/gm, "");
    const order = "@layer reset, tokens, base, components, pages;";
    assert.equal(outside.trim(), sheet === "styles/base.css" ? order : "", sheet);
  }
});

test("a layout changes at no width but those that the first style sheet names", async () => {
  const first = await readFile(new URL("styles/base.css", FRONTEND), "utf8");
  const named = new Set([...first.matchAll(/^ \* +(\d+)px  /gm)].map(([, width]) => width));
  const used = new Set();
  for (const sheet of sheets) {
    const source = await readFile(new URL(sheet, FRONTEND), "utf8");
    for (const [, width] of source.matchAll(/@media[^{]*width[^{]*?(\d+)px/g)) used.add(width);
  }
  assert.deepEqual([...used].toSorted(), [...named].toSorted());
});

/** The modules that load what others wrote: no other names the folder in which it lies. */
const VENDOR_LOADERS = ["plot/plotly.js", "playground/video/encoders.js"];
/** The modules that load Plotly, or have it loaded. */
const LOADERS = ["plot/plotly.js", "plot/chart.js", "plot/surface-3d.js"];

test("Plotly is loaded by one module and called by two, and fetch by one", async () => {
  for (const file of modules) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    if (file !== "plot/plotly.js") assert.doesNotMatch(source, /window\.Plotly/, file);
    if (!VENDOR_LOADERS.includes(file)) assert.doesNotMatch(source, /\/vendor\//, file);
    if (!LOADERS.includes(file)) assert.doesNotMatch(source, /\bloadPlotly\b/, file);
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

for (const [name, original, copied] of /** @type {const} */ ([
  ["mediabunny", "dist/bundles/mediabunny.min.mjs", "mediabunny.min.js"],
  ["gifenc", "dist/gifenc.esm.js", "gifenc.js"],
])) {
  test(`the encoder ${name} is what npm holds, on a path that names its version`, async () => {
    const source = new URL(`${name}/`, PACKAGES);
    const { version } = JSON.parse(await readFile(new URL("package.json", source), "utf8"));
    const copy = new URL(`vendor/${name}-${version}/`, FRONTEND);
    const licence = (await readdir(source)).find((file) => file.startsWith("LICENSE"));
    for (const [from, to] of [[original, copied], [String(licence), "LICENSE"]]) {
      assert.ok((await readFile(new URL(String(from), source))).equals(await readFile(new URL(String(to), copy))), to);
    }
    const loader = await readFile(new URL("playground/video/encoders.js", FRONTEND), "utf8");
    const named = [...loader.matchAll(new RegExp(`/vendor/${name}-([^/]+)/`, "g"))].map(([, found]) => found);
    assert.deepEqual(named, [version]);
  });
}
