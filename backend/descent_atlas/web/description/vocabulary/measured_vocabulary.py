"""Names and descriptions of descents' statuses, the sweep and the stories."""

from collections.abc import Mapping
from typing import Any

from descent_atlas.measured import sweep
from descent_atlas.measured.stories import story as stories
from descent_atlas.simulation.descent import Status
from descent_atlas.web.description.vocabulary.term import Term

MEASURED_TERMS: Mapping[type[Any], Term] = {
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
            "budget": "The gradients of a descent, its steps unless a step takes several.",
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
            "good_low": "The lowest good rate: from there to `good_high` each rate that was tried "
            "has at least 0.9 times as many arrivals; null if no rate works, and where a line "
            "search takes the place of tuning.",
            "good_high": "The highest good rate; null where `good_low` is.",
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
            "steps": "The median step of arrival, in gradients; null if no scored descent arrives.",
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
            "ensemble": "The ensemble that is drawn; absent if none is.",
            "stability": "The optimizer whose stability is shown; absent if none is.",
        },
    ),
    stories.EnsembleChoice: Term(
        "StoryEnsemble",
        "The descents of one optimizer under many seeds.",
        {"optimizer": "The optimizer's id.", "seeds": "How many seeds, from `noise.seed` on."},
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
}
