"""Losses and metrics by name: the ready ones, or a user's as "module:name"."""

from dataclasses import replace

from descent_atlas.evaluation.losses import (
    Loss,
    LossError,
    Metric,
    accuracy,
    as_loss,
    check_metrics,
    classification,
    regression,
)
from descent_atlas.training.named.named_objects import NamedObjectError, find_named

READY_LOSSES = {"classification": classification, "regression": regression}

READY_METRICS = {"accuracy": accuracy}


def find_loss(name: str) -> Loss:
    """Return the loss of a name. Raises NamedObjectError if there is none.

    A user's is a function of a model and a batch, or a `Loss`, which may have a weight.
    """
    if ":" not in name:
        if name not in READY_LOSSES:
            raise NamedObjectError(
                f'there is no loss "{name}"; there are {", ".join(READY_LOSSES)}, and your own as '
                '"module:function"'
            )
        return READY_LOSSES[name]
    try:
        found = as_loss(find_named(name, "loss"))
    except LossError as error:
        raise NamedObjectError(f'"{name}" is no loss: {error}') from error
    return replace(found, name=found.name or name.partition(":")[2])


def find_metric(name: str, higher_is_better: bool | None = None) -> Metric:
    """Return the metric of a name. Raises NamedObjectError if there is none.

    A user's is a `Metric`, or a function of a model and a batch, for which `higher_is_better` must
    be given.
    """
    if ":" not in name:
        if name not in READY_METRICS:
            raise NamedObjectError(
                f'there is no metric "{name}"; there is {", ".join(READY_METRICS)}, and your own '
                'as "module:function"'
            )
        return READY_METRICS[name]
    found = find_named(name, "metric")
    if isinstance(found, Metric):
        return found
    if higher_is_better is None:
        raise NamedObjectError(
            f'"{name}" does not say whether higher is better: name a Metric(function, '
            "higher_is_better=…), or say it beside the name in a study"
        )
    metric = Metric(as_loss(found).function, higher_is_better)
    return check_metrics({"metric": metric})["metric"]
