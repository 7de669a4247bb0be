"""Names and descriptions of the types whose classes lie outside the web layer.

The measured tables, the claims and the manifests define the shape in which they are stored. What a
client reads about them is said here.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from descent_atlas.landscapes import manifest as manifests
from descent_atlas.landscapes.claims import claim as claims
from descent_atlas.landscapes.claims import table_standings
from descent_atlas.measured import sweep
from descent_atlas.measured.stories import story as stories
from descent_atlas.simulation.descent import Status
from descent_atlas.storage import npz


class Term(NamedTuple):
    """A type as a client sees it: its name, what it is, and what its fields mean."""

    name: str
    description: str
    fields: Mapping[str, str] = {}


TERMS: Mapping[type[Any], Term] = {
    Status: Term(
        "DescentStatus",
        "How a descent ended: `converged` (arrived at a smooth minimum, with last gradient and "
        "last step at most 1e-8), `stationary` (the same elsewhere: a saddle, a maximum, a "
        "plateau), `exhausted` (its steps ran out, whether it has arrived or not) or `diverged`. "
        "Every descent takes all of its steps unless it diverges.",
    ),
    sweep.Sweep: Term(
        "SweepResponse",
        "The learning rate of every optimizer on every objective, and who wins where.",
        {
            "rule": "How rates are chosen, scored and ranked, in words.",
            "budget": "The steps of a descent.",
            "tuning": "How rates are chosen.",
            "scoring": "How optimizers are compared at their rates.",
            "noise": "The noise that stochastic gradient descent meets.",
            "cells": "One result for each pair of objective and optimizer.",
        },
    ),
    sweep.SweepTuning: Term(
        "SweepTuning",
        "The descents that choose a rate.",
        {
            "starts": "The starts: a random point in each of as many equal cells of the domain.",
            "scatter": "The seed of their places in the cells.",
            "rates": "The rates that are tried, ascending.",
            "seeds": "The seeds of the noise. An optimizer that meets noise runs from every start "
            "under each of them, the others once.",
        },
    ),
    sweep.SweepScoring: Term(
        "SweepScoring",
        "The descents that compare optimizers, each at its rate.",
        {
            "starts": "The starts: scrambled Sobol points of the domain.",
            "scramble": "The seed of their scrambling.",
            "seed": "The seed of the noise, from which each start derives its own.",
            "confidence": "The confidence of all intervals, 0 to 1.",
            "resamples": "The resamples of a bootstrap interval.",
            "resampling_seed": "The seed of the resampling.",
        },
    ),
    sweep.SweepNoise: Term(
        "SweepNoise",
        "The noise during the sweep.",
        {
            "std": "The standard deviation of one coordinate of a one-sample gradient.",
            "batch_size": "The samples that a gradient averages.",
        },
    ),
    sweep.SweepTuned: Term(
        "SweepTuned",
        "What decides a rate.",
        {
            "arrived": "The tuning descents that arrive at a global minimum at this rate.",
            "descents": "The tuning descents at each rate.",
            "distance": "The median distance from their last point to the nearest global minimum; "
            "null if it is not finite, or if no rate works.",
        },
    ),
    sweep.SweepCell: Term(
        "SweepCell",
        "The result of one optimizer on one objective, at its learning rate.",
        {
            "objective": "The objective's id.",
            "optimizer": "The optimizer's id.",
            "lr": "The rate; the optimizer's default if no rate works.",
            "works": "Whether any rate arrives at a global minimum from any tuning start.",
            "at_edge": "Whether the rate is the first or the last that is tried, so that a better "
            "one may lie beyond.",
            "tuned": "What decides the rate.",
            "arrived": "The scored descents that arrive at a global minimum.",
            "share": "Their share of all scored descents, 0 to 1.",
            "low": "The lower limit of the share's Wilson interval.",
            "high": "The upper limit of the share's Wilson interval.",
            "steps": "The median step of arrival; null if no scored descent arrives.",
            "rank": "1 more than the number of optimizers that are ahead beyond a tie, so that all "
            "that tie with the largest share have 1; null if no rate works.",
            "ties": "The ids of the optimizers that it ties with: the paired bootstrap interval of "
            "the difference of their shares holds 0. Ties are not transitive.",
            "decays_to_minimum": "Whether the optimizer's default weight decay pulls to the origin "
            "and a global minimum lies there: the share then says less about the rule.",
        },
    ),
    stories.Story: Term(
        "Story",
        "A statement about optimizers, with measurements.",
        {
            "id": "The story's name.",
            "title": "The statement in a few words.",
            "claim": "The statement, in the article's words.",
            "verdict": "Whether the statement is true.",
            "evidence": "The numbers behind the verdict, in a line.",
            "sides": "The readings of the statement that contradict each other; empty unless it is "
            "contested.",
            "share": "The share of starts that show it, in the settings of `view`, 0 to 1.",
            "explanation": "What was measured.",
            "table": "The numbers.",
            "view": "The settings that show it.",
        },
    ),
    stories.StoryVerdict: Term(
        "StoryVerdict",
        "`holds`: true in the article's settings, and from most starts in most of the settings "
        "tested. `holds only here`: true in the article's settings, but not in most of those "
        "tested. `holds elsewhere`: not true in the article's settings, but from most starts in "
        "others that were tested. `contested`: readings of the statement lead to different "
        "verdicts. `does not hold`: true in none of the settings tested.",
    ),
    stories.Side: Term(
        "StorySide",
        "A reading of a contested statement.",
        {
            "reading": "What the statement means by it.",
            "verdict": "Whether it is then true.",
            "evidence": "The numbers behind the verdict, in a line.",
        },
    ),
    stories.StoryStart: Term(
        "StoryStart",
        "The start that a story shows.",
        {"x": "The first coordinate.", "y": "The second coordinate."},
    ),
    stories.RunChoice: Term(
        "StoryOptimizer",
        "An optimizer with all its settings.",
        {
            "id": "The optimizer's id.",
            "hyperparameters": "The value of every hyperparameter, by id.",
            "steps": "The most steps of the descent.",
        },
    ),
    stories.NoiseChoice: Term(
        "StoryNoise",
        "The noise in the gradients.",
        {
            "std": "The standard deviation of one coordinate of a one-sample gradient.",
            "batch_size": "The samples that a gradient averages.",
            "seed": "The seed of the noise.",
            "all": "Whether every optimizer but gd sees the noise, not sgd alone.",
        },
    ),
    stories.View: Term(
        "StoryView",
        "What the page shows when a story is opened.",
        {
            "objective": "The objective's id.",
            "parameters": "The parameters that are not at default, by id.",
            "start": "The start.",
            "optimizers": "The optimizers.",
            "noise": "The noise.",
            "surface": "How the objective is drawn.",
            "basins": "The optimizer whose basin map is drawn; null if none is.",
        },
    ),
    stories.Column: Term(
        "StoryColumn",
        "A column of a story's table.",
        {"name": "The column's title.", "unit": "The unit; a share is from 0 to 1."},
    ),
    stories.Row: Term(
        "StoryRow",
        "A row of a story's table.",
        {
            "label": "The row's title.",
            "values": "One number a column; null where there is nothing to count.",
            "view": "The settings of this row; null if they are the story's own.",
        },
    ),
    stories.Table: Term(
        "StoryTable",
        "The numbers behind a story.",
        {"columns": "The columns.", "rows": "The rows."},
    ),
    claims.Claim: Term(
        "Claim",
        "A claim of the paper, with its verdict on the landscapes of this server.",
        {
            "id": "The claim's name.",
            "title": "The claim in a few words.",
            "statement": "The claim.",
            "verdict": "Whether the numbers bear it out.",
            "finding": "The numbers in words.",
            "rule": "The rule by which it was judged, from the dated file of rules.",
            "checks": "The parts of the claim, each true or false, or not to be told.",
            "numbers": "The numbers.",
            "link": "The page that shows them, relative to the site's base: from "
            "`https://example.com/atlas/`, `landscapes?show=bowl` leads to "
            "`https://example.com/atlas/landscapes?show=bowl`.",
            "figures": "The paper's figures and tables that the claim is about.",
        },
    ),
    claims.ClaimVerdict: Term(
        "ClaimVerdict",
        "`holds`: every check is true. `holds in part`: some are. `does not hold`: all are "
        "false. `contested`: two measures of it decide differently. `cannot be told`: evidence is "
        "missing, or the numbers do not decide.",
    ),
    claims.Check: Term(
        "ClaimCheck",
        "A part of a claim.",
        {
            "text": "The statement that is checked.",
            "passed": "Whether it is true; null if the numbers do not decide.",
        },
    ),
    claims.Number: Term(
        "ClaimNumber",
        "A number behind a claim.",
        {
            "label": "The number's name.",
            "value": "The number; null if it is not finite.",
            "unit": "What it counts. An accuracy is in percent, an angle in degrees, a share from "
            "0 to 1.",
        },
    ),
    manifests.Manifest: Term(
        "Manifest",
        "What a landscape or a table says of itself. It may have more fields than these; what is "
        "not finite stands in the arrays alone.",
        {
            "schema": "The version of the landscape format.",
            "id": "The landscape's name.",
            "kind": "A landscape has a plane and surfaces, a table has cells.",
            "title": "What it is.",
            "shows": "What can be seen in it.",
            "figures": "The paper's figures and tables to which it belongs.",
            "dataset": "The images.",
            "network": "The network: its factory, options and parameters.",
            "runs": "The trainings that it is about.",
            "plane": "The plane; null for a table.",
            "grid": "The grid; null for a table.",
            "surfaces": "The surfaces over the plane.",
            "trajectories": "The paths of trainings on the plane.",
            "arrows": "The directions of descent at the origin.",
            "results": "What was found beside the surfaces.",
            "seeds": "The seeds of the plane, the batches and the runs.",
            "versions": "The versions of the programs on which the numbers depend.",
            "study": "The id of the study; null in landscapes of earlier versions.",
            "key": "A SHA-256 of all that the landscape was computed from.",
            "arrays": "The arrays of the landscape, by name.",
            "sha256": "The SHA-256 of the file of arrays.",
        },
    ),
    npz.ArraySummary: Term(
        "ArraySummary",
        "The type and shape of an array.",
        {"dtype": "The type, as NumPy spells it.", "shape": "The lengths of its axes."},
    ),
    manifests.Dataset: Term(
        "Dataset",
        "The images of a study.",
        {
            "name": "The dataset's name.",
            "classes": "The names of the classes.",
            "train": "The images for training.",
            "test": "The images for testing.",
        },
    ),
    manifests.Run: Term(
        "Run",
        "A training, with its hyperparameters and results.",
        {
            "id": "The run's name.",
            "label": "The run's name for people.",
            "status": "How the training ended.",
            "stop_reason": "Why the training ended, in words.",
            "spec": "The hyperparameters and whatever else determines the run.",
            "batch_size": "The images of one batch.",
            "steps": "The steps taken.",
            "steps_per_epoch": "The steps of one pass over the training set.",
            "images": "The images seen.",
            "seconds": "The time it took, in seconds; null if not known.",
            "ended": "When it ended, in UTC; null if not known.",
            "train_loss": "The loss on the training set at the end; null if not finite.",
            "test_accuracy": "The accuracy on the test set at the end, 0 to 1; null if not finite.",
            "turning": "The mean angle between consecutive updates, in degrees; null if not "
            "measured.",
        },
    ),
    manifests.Origin: Term(
        "Origin",
        "The network at a plane's origin.",
        {"run": "The run's id.", "step": "The run's step."},
    ),
    manifests.Plane: Term(
        "Plane",
        "A plane through the network's parameters.",
        {
            "kind": "How it was made: of `random` directions, of principal directions of paths "
            "(`pca`), through three `minima`, or `shared` by several runs.",
            "origin": "The run and step at its origin.",
            "makers": "The runs that determine its directions.",
            "gram": "The products of its two directions with each other, a 2 by 2 matrix.",
            "cosine": "The cosine between its two directions.",
            "spectrum": "The share of energy along each principal direction, the largest first.",
            "origin_norm": "The Euclidean norm of the parameters at its origin.",
        },
    ),
    manifests.Grid: Term(
        "Grid",
        "A grid of points on the plane.",
        {
            "x": "The array of coordinates along the first direction.",
            "y": "The array of coordinates along the second direction.",
            "shape": "The lengths: rows, columns.",
        },
    ),
    manifests.Surface: Term(
        "Surface",
        "A loss over the plane.",
        {
            "id": "The surface's name.",
            "split": "The images: those for training or those for testing.",
            "images": "The images over which the loss is a mean.",
            "arrays": "The names of its arrays, by what they hold.",
            "lowest": "The lowest finite loss; null if there is none.",
            "highest": "The highest finite loss; null if there is none.",
            "not_finite": "The points whose loss is not finite.",
            "minima": "The local minima on the grid.",
            "minima_on_border": "Those of them on the grid's border.",
            "noise": "The relative difference of losses that counts as none.",
            "correlation": "The correlation with the loss on the whole training set; null if not "
            "computed.",
        },
    ),
    manifests.Trajectory: Term(
        "Trajectory",
        "The path of a run on the plane.",
        {
            "run": "The run's id.",
            "arrays": "The names of its arrays, by what they hold.",
            "energy_about_end": "The share of the path's energy about its own end that lies in the "
            "plane, 0 to 1; null if it never moved, or not measured.",
            "displacement": "The share of the squared distance from its start to its end that lies "
            "in the plane, 0 to 1; null if not measured.",
            "end_distance": "The distance of its end from the plane; null if not measured.",
            "random_walks": "What the plane would show of random walks in place of the runs; null "
            "if not measured.",
        },
    ),
    manifests.RandomWalks: Term(
        "RandomWalks",
        "What a plane would show of random walks, constructed anew from each set of them.",
        {
            "sets": "The sets, each with as many walks as there are runs.",
            "seed": "The seed from which they were drawn.",
            "energy": "The share of the energy that lies in the plane.",
            "displacement": "The share of the squared distance from start to end.",
        },
    ),
    manifests.Spread: Term(
        "Spread",
        "The mean of several values, and how far they spread.",
        {
            "mean": "The mean; null if not finite.",
            "low": "The 5% quantile; null if not finite.",
            "high": "The 95% quantile; null if not finite.",
        },
    ),
    manifests.Arrow: Term(
        "Arrow",
        "The direction of steepest descent of a surface at the origin.",
        {
            "surface": "The surface's id.",
            "x": "The component along the first direction; null if not finite.",
            "y": "The component along the second direction; null if not finite.",
            "norm": "The norm of the full gradient; null if not finite.",
            "cosine": "The cosine with the gradient on the whole training set; null if not known.",
        },
    ),
    manifests.Cosines: Term(
        "GradientCosines",
        "The cosines between gradients of many batches and the gradient of the whole training set.",
        {
            "images": "The images of one batch.",
            "batches": "The batches.",
            "array": "The name of the array that holds the cosines.",
            "mean": "The mean; null if not finite.",
            "median": "The median; null if not finite.",
            "quartiles": "The first and the third quartile.",
        },
    ),
    manifests.Cell: Term(
        "TableCell",
        "A cell of a table: accuracies over seeds, in percent.",
        {
            "run": "The run's id.",
            "row": "The row's title.",
            "column": "The column's title.",
            "mean": "The mean; null if not finite.",
            "low": "The lowest; null if not finite.",
            "high": "The highest; null if not finite.",
            "paper": "The paper's number; null if it prints none.",
            "paper_reached": "Where the first seed's accuracy reached the paper's; null if it "
            "prints none, if the run ends below it, or if this was not measured.",
        },
    ),
    table_standings.Standing: Term(
        "Standing",
        "How a mean accuracy compares with the highest mean of its table. `highest` is the highest "
        "itself, `best` if every other is `lower`.",
    ),
    table_standings.RunStanding: Term(
        "RunStanding",
        "A run's standing in a table.",
        {
            "run": "The run's id.",
            "standing": "The standing.",
            "difference": "Its mean less the highest, in percentage points; null for the highest, "
            "and without accuracies.",
            "low": "The lower limit of the corrected 95% interval of the difference; null for the "
            "highest, and with too few seeds.",
            "high": "The upper limit.",
        },
    ),
    table_standings.Standings: Term(
        "TableStandings",
        "How the accuracies of a table compare with the highest mean of the whole table.",
        {
            "highest": "The id of the run with the highest mean.",
            "comparisons": "The comparisons for which the intervals are corrected.",
            "rule": "The rule in words.",
            "runs": "The runs, in the order of the cells.",
        },
    ),
    manifests.PaperPoint: Term(
        "PaperPoint",
        "Where a run's test accuracy first reached the number that the paper prints.",
        {
            "step": "The step of the first snapshot that reaches it.",
            "before": "The step of the snapshot before.",
        },
    ),
    manifests.BatchCorrelations: Term(
        "BatchCorrelations",
        "The correlations of many batches' surfaces with that of the whole training set.",
        {
            "images": "The images of one batch.",
            "batches": "The batches.",
            "within": "The distance from the origin within which surfaces count as near.",
            "arrays": "The names of the arrays: `plane` on the whole plane, `near` within it.",
        },
    ),
    manifests.SeedPath: Term(
        "SeedPath",
        "The path of a run with one of its seeds, in its own principal plane.",
        {
            "run": "The run's id.",
            "seed": "The seed.",
            "arrays": "The names of its arrays, by what they hold.",
        },
    ),
    manifests.Curvature: Term(
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
    manifests.Results: Term(
        "LandscapeResults",
        "What was found beside the surfaces.",
        {
            "cells": "A table's cells.",
            "explained": "A table's share of variance that each factor explains, 0 to 1.",
            "cosines": "How well the gradients of batches agree with the whole set's.",
            "correlations": "How well the surfaces of batches agree with the whole set's.",
            "paths": "A table's paths, by run and seed.",
            "curvature": "The sharpness along the runs.",
        },
    ),
}
