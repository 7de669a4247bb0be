/** Start the reference page: its theme's switch, which is all that needs a script there. */

import { byId } from "../core/dom.js";
import { bindTheme } from "../core/theme.js";

bindTheme(/** @type {HTMLButtonElement} */ (byId("theme")), () => {});
