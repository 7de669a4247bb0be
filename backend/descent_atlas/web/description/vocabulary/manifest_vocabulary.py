"""Names and descriptions of the parts of a landscape's manifest."""

from collections.abc import Mapping
from typing import Any

from descent_atlas.landscapes import manifest as manifests
from descent_atlas.storage import npz
from descent_atlas.web.description.vocabulary.term import Term

MANIFEST_TERMS: Mapping[type[Any], Term] = {
    manifests.Manifest: Term(
        "Manifest",
        "What a landscape or a table says of itself. It may have more fields than these; what is "
        "not finite stands in the arrays alone.",
        {
            "schema": "The version of the landscape format.",
            "id": "The landscape's name.",
            "kind": "A landscape has a plane and surfaces, a profile a segment, a table cells; "
            "`segments` have profiles between points of runs, a `lottery` many random planes, a "
            "`batch-path` the surfaces of batches along a run.",
            "title": "What it is.",
            "shows": "What can be seen in it.",
            "figures": "The paper's figures and tables to which it belongs.",
            "dataset": "The samples.",
            "network": "The network: its factory, options and parameters.",
            "runs": "The trainings that it is about.",
            "plane": "The plane; null but in a landscape and a batch path.",
            "grid": "The grid; null but in a landscape, a lottery and a batch path.",
            "segment": "The segment; null but in a profile.",
            "segments": "The profiles between points of runs; null but in segments.",
            "lottery": "The random planes; null but in a lottery.",
            "batch_path": "What batches see along a run; null but in a batch path.",
            "metrics": "The metrics of surfaces and segment, the loss first; null in earlier "
            "versions, which had loss and accuracy.",
            "evaluation": "How the loss was evaluated; null in earlier versions.",
            "ends": "The networks through which the plane or segment passes.",
            "surfaces": "The surfaces over the plane.",
            "trajectories": "The paths of trainings on the plane.",
            "arrows": "The directions of descent at the origin.",
            "results": "What was found beside the surfaces.",
            "seeds": "The seeds of the plane, the batches and the runs.",
            "versions": "The versions of the programs on which the numbers depend.",
            "study": "The id of the study; null in landscapes of earlier versions.",
            "study_about": "What a gallery says of the study; null if not written.",
            "imported_from": "The files of another program from which it was read.",
            "complete": "False while the landscape is being computed.",
            "progress": "How far it is computed; null once it is complete.",
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
        "The samples that a network was trained and tested on.",
        {
            "name": "The dataset's name.",
            "classes": "The names of the classes.",
            "train": "The samples for training; null if their number is not known.",
            "test": "The samples for testing; null if their number is not known.",
            "origin": "Where the samples come from, as a sentence; null if nothing says so.",
        },
    ),
    manifests.StudyAbout: Term(
        "StudyAbout",
        "What a gallery says of a study.",
        {"title": "What it is.", "text": "What it is about; empty if its author did not say."},
    ),
    manifests.ImportedFile: Term(
        "ImportedFile",
        "A file of another program from which a landscape was read.",
        {"file": "Its name.", "sha256": "Its SHA-256, in hexadecimal digits."},
    ),
    manifests.Run: Term(
        "Run",
        "A training, with its hyperparameters and results.",
        {
            "id": "The run's name.",
            "label": "The run's name for people.",
            "status": "How the training ended; null if not known.",
            "stop_reason": "Why the training ended, in words.",
            "spec": "The hyperparameters and whatever else determines the run.",
            "batch_size": "The samples of one batch; null if not known.",
            "steps": "The steps taken.",
            "step_unit": "What `steps` and the steps of snapshots count: optimizer steps (`step`), "
            "or, where those are not known, checkpoints from 0 (`checkpoint`).",
            "steps_per_epoch": "The steps of one pass over the training set; null if not known.",
            "images": "The samples seen; null if not known.",
            "seconds": "The time it took, in seconds; null if not known.",
            "ended": "When it ended, in UTC; null if not known.",
            "train_loss": "The loss on the training set at the end; null if not finite or not "
            "known.",
            "test_accuracy": "The accuracy on the test set at the end, 0 to 1; null if not finite "
            "or not known.",
            "turning": "The mean angle between consecutive updates, in degrees; null if not "
            "measured.",
            "metrics": "The other numbers that its loop recorded last, by name; null if not "
            "finite.",
            "skipped_steps": "The steps that a gradient scaler skipped.",
            "end_distance": "The distance of its end from a snapshot at the same step, as an "
            "average of the parameters has; null if not known.",
        },
    ),
    manifests.NamedMetric: Term(
        "Metric",
        "A value that surfaces have: the loss, or a metric beside it.",
        {
            "id": "The name by which surfaces have its array.",
            "label": "Its name for people.",
            "higher_is_better": "Whether higher values are better; null if not known.",
            "unit": "A `share` lies between 0 and 1.",
        },
    ),
    manifests.Evaluation: Term(
        "Evaluation",
        "How the loss was evaluated at a point.",
        {
            "loss": "The loss's name.",
            "unit": "The loss's unit; null if not known.",
            "samples": "The samples, or the weight, that the means are over.",
            "batches": "The batches.",
            "weight": "What a mean counts: `samples`, or the name of a function.",
            "composition": "Whether a sample's loss depends on its batch: `independent`, it does "
            "not; `as given`, it does, and the batches were those given; or `unknown`.",
            "precision": "The types of the computation.",
            "device": "The device.",
            "parameters": "The parameters that vary.",
            "buffers": "What happens to buffers, such as running statistics.",
            "normalization": "How random directions were scaled; null if none was drawn.",
            "one_dimensional": "What random directions have at one-dimensional parameters: "
            "nothing (`zero`), or the `same` scaling as others; null if none was drawn.",
            "points_at_once": "The points that are evaluated at once.",
            "notes": "Sentences on what a reader may not expect.",
            "torch": "PyTorch's version.",
        },
    ),
    manifests.VaryingParameters: Term(
        "VaryingParameters",
        "How many of a network's parameters vary.",
        {
            "patterns": "The names that were asked for, with the wildcards of a shell; null for "
            "all.",
            "varying": "The parameters that vary.",
            "total": "All parameters.",
            "frozen": "The parameters that training does not change either.",
        },
    ),
    manifests.BufferRule: Term(
        "BufferRule",
        "What happens to buffers, such as running statistics, at each point.",
        {
            "policy": "They are those of the origin (`frozen`), computed anew at each point "
            "(`recalibrated`), or there are `none`.",
            "batches": "The training batches from which they are computed; null if they are not.",
            "why": "The reason, as a sentence.",
        },
    ),
    manifests.Surface: Term(
        "Surface",
        "A loss over the plane.",
        {
            "id": "The surface's name.",
            "label": "Its name for people; null if the id says enough.",
            "split": "The samples: those for training, those for testing, or others.",
            "images": "The samples over which the loss is a mean; null if not known.",
            "arrays": "The names of its arrays, by what they hold: one for each metric, and those "
            "of convexity, or the mask `computed` while the landscape is incomplete.",
            "lowest": "The lowest finite loss; null if there is none, or it is incomplete.",
            "highest": "The highest finite loss; null if there is none, or it is incomplete.",
            "not_finite": "The points whose loss is not finite; null while it is incomplete.",
            "minima": "The local minima on the grid; null while it is incomplete.",
            "minima_on_border": "Those of them on the grid's border; null while it is incomplete.",
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
