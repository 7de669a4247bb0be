/**
 * Addresses of the site's pages and data.
 *
 * A server has each of them where the code names it. A site that was exported as files has others,
 * and its pages state them: `<meta name="descent-atlas-addresses" content='{"about": "./about.html"}'>`.
 */

const STATED = 'meta[name="descent-atlas-addresses"]';

/** @type {Record<string, string> | null} */
let stated = null;

/** @returns {Record<string, string>} */
function readStated() {
  const meta = globalThis.document?.querySelector(STATED); // Node.js has no document
  return JSON.parse(meta?.getAttribute("content") ?? "{}");
}

/**
 * Return where this site has a page or its data.
 * @param {string} address  where a server has it, relative to the site, such as `./landscapes?show=bowl`
 * @returns {string} with the same query
 */
export function addressOf(address) {
  stated ??= readStated();
  const [, path = "", rest = ""] = /^(?:\.\/)?([^?#]*)(.*)$/.exec(address) ?? [];
  const other = stated[path];
  return other === undefined ? address : other + rest;
}
