import { test } from "node:test";

import { linearMap } from "../../frontend/core/geometry/linear-map.js";
import { near } from "./near.js";

const AREA = { left: 44, top: 1, width: 600, height: 400 };
const BOUNDS = { x0: -3, x1: 3, y0: -2, y1: 2 };

test("the corners of bounds lie in the corners of their area, with y upwards", () => {
  const map = linearMap(BOUNDS, AREA);
  near(map.x(-3), 44);
  near(map.x(3), 644);
  near(map.y(2), 1);
  near(map.y(-2), 401);
});

test("a pixel's data coordinates map back to that pixel", () => {
  const map = linearMap(BOUNDS, AREA);
  for (const [px, py] of [[44, 1], [100.5, 33.25], [-20, 900]]) {
    near(map.x(map.dataX(Number(px))), Number(px));
    near(map.y(map.dataY(Number(py))), Number(py));
  }
});
