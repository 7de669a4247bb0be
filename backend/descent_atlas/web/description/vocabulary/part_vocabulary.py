"""Names and descriptions of the parts of a manifest on planes, segments, curvature and batches."""

from collections.abc import Mapping
from typing import Any

from descent_atlas.landscapes.parts import (
    batch_path_parts,
    curvature_parts,
    lottery_parts,
    plane_parts,
    segment_parts,
)
from descent_atlas.web.description.vocabulary.term import Term

PART_TERMS: Mapping[type[Any], Term] = {
    plane_parts.Origin: Term(
        "Origin",
        "The network at a plane's origin.",
        {"run": "The run's id.", "step": "The run's step."},
    ),
    plane_parts.Plane: Term(
        "Plane",
        "A plane through the network's parameters.",
        {
            "kind": "How it was made: of `random` directions, of principal directions of paths "
            "(`pca`), through three `minima` of runs, `shared` by several runs, through any two or "
            "three networks (`ends`), of `given` directions, or along two eigenvectors of the "
            "`hessian` at its origin.",
            "origin": "The run and step at its origin; null if no run passes through it.",
            "makers": "The runs that determine its directions.",
            "gram": "The products of its two directions with each other, a 2 by 2 matrix; null if "
            "not known.",
            "cosine": "The cosine between its two directions; null if not known.",
            "spectrum": "The share of energy along each principal direction, the largest first.",
            "origin_norm": "The Euclidean norm of the parameters at its origin; null if not known.",
            "curvature": "The eigenpairs that are its directions, and the quadratic models; null "
            "but in a plane of eigenvectors.",
        },
    ),
    plane_parts.Grid: Term(
        "Grid",
        "A grid of points on the plane.",
        {
            "x": "The array of coordinates along the first direction.",
            "y": "The array of coordinates along the second direction.",
            "shape": "The lengths: rows, columns.",
        },
    ),
    plane_parts.GridProgress: Term(
        "GridProgress",
        "How far the surfaces of an incomplete landscape are computed.",
        {
            "computed": "The points that are computed, of all surfaces together.",
            "points": "All points of all surfaces.",
            "rows": "The rows of the subgrid that is complete: the first index, and the step from "
            "one to the next.",
            "columns": "The columns of the subgrid that is complete, likewise.",
        },
    ),
    curvature_parts.Curvature: Term(
        "Curvature",
        "The sharpness along a run with one of its seeds.",
        {
            "run": "The run's id.",
            "seed": "The seed.",
            "images": "The training images of one subset.",
            "subsets": "The disjoint subsets.",
            "images_seed": "The seed with which the subsets were drawn.",
            "tolerance": "The residual of a value that has converged, relative to it, at most.",
            "products": "The products with Hessians that were made.",
            "limit": "The run's full-batch stability limit, null where none is known.",
            "limit_of": "The value that the limit bounds.",
            "arrays": "The names of its arrays, by what they hold.",
        },
    ),
    curvature_parts.PlaneCurvature: Term(
        "PlaneCurvature",
        "The curvature at a plane's origin along two eigenvectors of the Hessian, the plane's "
        "directions. Coordinates count in units of the parabola that each eigenvalue leads to "
        "expect.",
        {
            "images": "The training samples whose mean loss has the Hessian.",
            "images_seed": "The seed with which they were drawn; null if all were used.",
            "tolerance": "The residual of a pair that has converged, relative to its eigenvalue, "
            "at most.",
            "products": "The products with the Hessian that were made.",
            "rise": "How much each parabola has changed the loss by at the coordinate 1.",
            "pairs": "The eigenpair of the first direction, and that of the second.",
            "models": "The quadratic models of the surfaces.",
        },
    ),
    curvature_parts.Eigenpair: Term(
        "Eigenpair",
        "An eigenvalue of the Hessian, whose eigenvector is a direction of a plane.",
        {
            "end": "The end of the spectrum.",
            "rank": "The place at that end, from 1.",
            "value": "The eigenvalue.",
            "residual": "The norm of Hv - λv with the unit eigenvector v.",
            "converged": "Whether the residual is within the tolerance.",
            "length": "The length of the plane's direction.",
        },
    ),
    curvature_parts.QuadraticModel: Term(
        "QuadraticModel",
        "The quadratic model of a surface from its derivatives at the origin, in the plane's "
        "coordinates p: loss + gradient·p + ½ pᵀ hessian p.",
        {
            "surface": "The surface's id.",
            "loss": "The loss at the origin.",
            "gradient": "Its derivatives along the two directions.",
            "hessian": "Its second derivatives, a 2 by 2 matrix.",
            "share": "The difference from the surface at which it fails, as a share of what the "
            "two parabolas change the loss by there.",
            "rule": "When it fails, as a sentence.",
            "failing": "The points of the grid at which it fails.",
            "nearest_failure": "The least distance of such a point from the origin, in "
            "coordinates; null if there is none.",
        },
    ),
    segment_parts.End: Term(
        "End",
        "A network through which a plane or segment passes.",
        {
            "label": "Its name for people.",
            "step": "The step of its training; null if not known.",
            "x": "Its coordinate along the first direction; 0 or 1 on a segment.",
            "y": "Its coordinate along the second direction; 0 on a segment.",
            "loss": "Its loss under the rules of the landscape; null if not finite.",
            "own_loss": "Its loss with its own buffers; null if the rules use them.",
        },
    ),
    segment_parts.Segment: Term(
        "Segment",
        "The straight segment between two networks.",
        {
            "arrays": "The names of its arrays: the coordinates `t`, 0 to 1, and each metric's.",
            "length": "The Euclidean distance between its ends.",
            "barrier": "How far the loss rises on it.",
            "note": "What a barrier may mean, as a sentence.",
        },
    ),
    segment_parts.Barrier: Term(
        "Barrier",
        "How far the loss rises between two networks, or how far a metric becomes worse.",
        {
            "height": "The height; null if a loss is not finite.",
            "at": "The coordinate of the largest rise; null if a loss is not finite.",
            "rule": "The definition, as a sentence.",
        },
    ),
    segment_parts.RunSegments: Term(
        "RunSegments",
        "Profiles along segments between the ends of runs, and from each run's start to its end.",
        {
            "t": "The array of coordinates, 0 to 1, that all profiles share.",
            "resolution": "The distance of two coordinates.",
            "connected_below": "The barrier of the training error below which two ends are "
            "linearly connected, 0 to 1.",
            "connected_rule": "When they are, as a sentence.",
            "profiles": "The profiles.",
        },
    ),
    segment_parts.RunProfile: Term(
        "RunProfile",
        "The profile of a segment between the ends of two runs, or from a run's start to its end.",
        {
            "id": "The profile's name.",
            "label": "Its name for people.",
            "kind": "Between the `ends` of two runs, or along the `path` of one.",
            "first": "The point at 0.",
            "second": "The point at 1.",
            "length": "The Euclidean distance between the points; null if not finite.",
            "curves": "The loss and metrics on it, by surface.",
            "connected": "Whether the two ends are linearly connected; null where that does not "
            "apply.",
            "note": "What the barrier may mean, as a sentence.",
        },
    ),
    segment_parts.SegmentEnd: Term(
        "SegmentEnd",
        "The point of a run at which a segment begins or ends.",
        {"run": "The run's id.", "step": "The run's step."},
    ),
    segment_parts.SegmentCurve: Term(
        "SegmentCurve",
        "The loss and metrics on some samples along a segment.",
        {
            "surface": "The samples, as the ids of surfaces name them.",
            "split": "The split that they come from.",
            "images": "The samples over which values are means; null if not known.",
            "arrays": "The names of its arrays, one for each metric.",
            "barriers": "The barrier of each metric.",
            "climb": "How far the loss rises at most from one coordinate to a later one; null if "
            "a loss is not finite.",
        },
    ),
    lottery_parts.Lottery: Term(
        "Lottery",
        "Random planes at one origin, each from a seed of its own.",
        {
            "origin": "The run and step at the origin.",
            "origin_norm": "The Euclidean norm of the parameters there.",
            "seeds": "The seeds of the planes.",
            "shown": "The seeds that are shown at first.",
            "surface": "The samples, as the ids of surfaces name them.",
            "images": "The samples over which values are means.",
            "arrays": "The names of its arrays, one for each metric: seeds by rows by columns.",
            "directions": "The array of the lengths of the planes' directions: seeds by 2.",
            "lowest": "The lowest finite loss; null if there is none.",
            "highest": "The highest finite loss; null if there is none.",
            "not_finite": "The points whose loss is not finite.",
            "noise": "The relative difference of losses that counts as none.",
            "statistics": "What is read off each plane, and its range over the seeds.",
            "arrows": "The directions of descent at the origin, on each plane.",
            "curvature": "How much of the sharpness the planes show; null if not measured.",
        },
    ),
    lottery_parts.SeedStatistic: Term(
        "SeedStatistic",
        "A number of each random plane, and its range over their seeds.",
        {
            "id": "Its name.",
            "label": "Its name for people.",
            "unit": "A `share` lies between 0 and 1.",
            "rule": "Its definition, as a sentence.",
            "array": "The array with a number for each seed.",
            "lowest": "The lowest; null if there is none.",
            "median": "The median; null if there is none.",
            "highest": "The highest; null if there is none.",
            "truth": "The same in the whole parameter space; null where it has no meaning there or "
            "is not known.",
        },
    ),
    lottery_parts.LotteryArrow: Term(
        "LotteryArrow",
        "A surface's direction of descent at the origin, projected to each of the planes.",
        {
            "surface": "The surface's id.",
            "arrays": "The names of the arrays `x` and `y`, with a number for each seed.",
            "norm": "The norm of the full gradient; null if not finite.",
            "cosine": "Its cosine with the gradient on the whole training set; null if not known.",
        },
    ),
    lottery_parts.LotteryCurvature: Term(
        "LotteryCurvature",
        "How much of the sharpness at the origin random planes show.",
        {
            "images": "The training samples whose mean loss has the curvature.",
            "images_seed": "The seed with which they were drawn; null if all were used.",
            "tolerance": "The residual of a value that has converged, relative to it, at most.",
            "products": "The products with the Hessian that were made.",
            "sharpness": "The largest eigenvalue of the Hessian; null if it has not converged.",
            "residual": "The residual of its pair; null if none was found.",
            "converged": "Whether it has converged.",
            "array": "The array with the largest curvature in each plane.",
            "highest": "The largest of them; null if none is finite.",
            "ratio": "That divided by the sharpness; null if either is not known.",
            "rule": "What is compared, as a sentence.",
        },
    ),
    batch_path_parts.BatchPath: Term(
        "BatchPath",
        "What batches of several sizes see of the loss at some moments of a run.",
        {
            "run": "The run's id.",
            "moments": "The moments.",
            "views": "What samples of each size see.",
            "rule": "Which planes and which samples these are, as sentences.",
        },
    ),
    batch_path_parts.BatchMoment: Term(
        "BatchMoment",
        "A snapshot of a run around which the losses of batches are drawn.",
        {
            "step": "The run's step.",
            "epoch": "The passes over the training set; null if not known.",
            "x": "The snapshot's coordinate along the first direction.",
            "y": "Its coordinate along the second direction.",
            "distance": "Its distance from the run's plane.",
        },
    ),
    batch_path_parts.BatchView: Term(
        "BatchView",
        "What samples of one size see at each moment.",
        {
            "surface": "The samples, as the ids of surfaces name them.",
            "images": "Their number.",
            "arrays": "The names of its arrays: one for each metric, moments by rows by columns; "
            "the direction of descent at the snapshot (`arrow.x`, `arrow.y`), the full gradient's "
            "`norm` and its `cosine` with that on the whole training set, one for each moment.",
            "lowest": "The lowest finite loss; null if there is none.",
            "highest": "The highest finite loss; null if there is none.",
            "not_finite": "The points whose loss is not finite.",
        },
    ),
}
