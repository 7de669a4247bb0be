/**
 * Plotly's script as early as it comes: it holds the thread for long, best while the page's other
 * modules are still on their way. A page names this module before the one that starts it.
 */

import { prepareLevelLines } from "../plot/plotly.js";

prepareLevelLines();
