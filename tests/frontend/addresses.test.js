import assert from "node:assert/strict";
import { test } from "node:test";

/** What an exported site states in its pages. */
const STATED = { landscapes: "./", "api/v1/claims": "./data/claims.json" };

/**
 * The module as a page loads it that states some addresses, or none.
 * @param {import("node:test").TestContext} context
 * @param {Record<string, string> | null} stated
 * @returns {Promise<typeof import("../../frontend/core/addresses.js")>}
 */
async function loadWith(context, stated) {
  const meta = { getAttribute: () => JSON.stringify(stated) };
  const document = { querySelector: () => (stated ? meta : null) };
  Object.defineProperty(globalThis, "document", { value: document, configurable: true });
  context.after(() => Reflect.deleteProperty(globalThis, "document"));
  return import(`../../frontend/core/addresses.js?${context.name}`);
}

test("a served page has every address as the code names it", async (context) => {
  const { addressOf } = await loadWith(context, null);
  for (const address of ["./landscapes?show=bowl", "landscapes?show=bowl", "./api/v1/claims"]) {
    assert.equal(addressOf(address), address);
  }
});

test("an exported page has the addresses that it states, with the query", async (context) => {
  const { addressOf } = await loadWith(context, STATED);
  assert.equal(addressOf("./landscapes"), "./");
  assert.equal(addressOf("./landscapes?show=bowl&layout=single"), "./?show=bowl&layout=single");
  assert.equal(addressOf("landscapes?show=bowl#a?b"), "./?show=bowl#a?b");
  assert.equal(addressOf("./api/v1/claims"), "./data/claims.json");
});

test("what an exported page does not state stays as it is", async (context) => {
  const { addressOf } = await loadWith(context, STATED);
  assert.equal(addressOf("./api/v1/claims/rules"), "./api/v1/claims/rules");
  assert.equal(addressOf("./landscapes.html"), "./landscapes.html");
});
