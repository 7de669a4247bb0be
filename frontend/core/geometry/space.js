/** Points and cameras of a surface in 3D: types alone. */

/** @typedef {{x: number, y: number, z: number}} Vector */
/** @typedef {{eye: Vector, center: Vector}} Camera  from where a surface in 3D is looked at */

export {};
