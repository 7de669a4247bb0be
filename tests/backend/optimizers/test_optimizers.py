"""The table of optimizers: what it says of each, and which hyperparameters it accepts."""

import math
import re
from typing import Any
from xml.etree import ElementTree

import numba
import pytest
import torch
from latex2mathml.converter import convert

from descent_atlas.optimizers.optimizer_table import OPTIMIZERS, Optimizer
from descent_atlas.optimizers.rules import Adam, GradientDescent, Momentum, RMSprop

each_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=list(OPTIMIZERS))


@each_optimizer
def test_every_optimizer_is_described(optimizer: Optimizer) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]*", optimizer.id)
    assert OPTIMIZERS[optimizer.id] is optimizer
    assert [other.name for other in OPTIMIZERS.values()].count(optimizer.name) == 1
    assert optimizer.description.endswith(".")
    assert re.search(r"\(\d{4}\), ", optimizer.reference.text)
    assert optimizer.reference.url.startswith("https://")


@each_optimizer
def test_the_hyperparameters_are_the_fields_of_the_rule_with_its_defaults(
    optimizer: Optimizer,
) -> None:
    assert tuple(h.id for h in optimizer.hyperparameters) == optimizer.rule._fields
    assert optimizer.pack({}) == optimizer.rule()
    for h in optimizer.hyperparameters:
        assert h.minimum <= h.default <= h.maximum
        assert isinstance(h.default, bool) == (h.scale == "switch")
        assert h.scale != "log" or h.minimum > 0


@each_optimizer
def test_every_formula_becomes_well_formed_mathml(optimizer: Optimizer) -> None:
    for latex in (optimizer.latex, *(h.latex for h in optimizer.hyperparameters)):
        text = "".join(ElementTree.fromstring(convert(latex)).itertext())
        assert text
        assert not set(text) & set("\\&{}") - set("{}" if r"\{" in latex else "")


@each_optimizer
def test_what_pytorch_takes_steps_like_is_named_by_its_class(optimizer: Optimizer) -> None:
    if optimizer.torch is None:
        assert not hasattr(torch.optim, optimizer.rule.__name__)
    else:
        package, _, name = optimizer.torch.rpartition(".")
        assert package == "torch.optim"
        assert issubclass(getattr(torch.optim, name), torch.optim.Optimizer)


def test_what_searches_lines_is_exact_and_has_no_schedule() -> None:
    searching = {id for id, optimizer in OPTIMIZERS.items() if optimizer.searches_lines}
    assert searching == {"lbfgs", "newton"}
    assert {id for id, one in OPTIMIZERS.items() if one.is_exact} == searching | {"gd"}
    averaging = {id for id, optimizer in OPTIMIZERS.items() if optimizer.draws_average}
    assert averaging == {"asgd", "schedule-free-sgd", "schedule-free-adamw"}
    without = {id for id, optimizer in OPTIMIZERS.items() if not optimizer.takes_schedule}
    assert without == (averaging | searching) - {"asgd"}


def test_only_stochastic_gradient_descent_always_draws_noise() -> None:
    assert [id for id, optimizer in OPTIMIZERS.items() if optimizer.draws_noise] == ["sgd"]
    assert OPTIMIZERS["sgd"].rule is OPTIMIZERS["gd"].rule


def test_the_preset_of_the_article_holds_its_settings() -> None:
    presets = {id: o.article for id, o in OPTIMIZERS.items() if o.article is not None}
    assert {id: (preset.hyperparameters, preset.steps) for id, preset in presets.items()} == {
        "gd": (GradientDescent(lr=0.02), 500),
        "sgd": (GradientDescent(lr=0.02), 500),
        "momentum": (Momentum(lr=0.01, momentum=0.8), 200),
        "rmsprop": (RMSprop(lr=0.01, alpha=0.99, eps=1e-6), 300),
        "adam": (Adam(lr=0.01, beta1=0.7, beta2=0.999, eps=1e-6, bias_correction=False), 100),
    }
    for id, preset in presets.items():
        assert OPTIMIZERS[id].pack(preset.hyperparameters._asdict()) == preset.hyperparameters


@each_optimizer
def test_whole_numbers_are_packed_as_floats_so_that_one_compilation_serves_all(
    optimizer: Optimizer,
) -> None:
    assert numba.typeof(optimizer.pack({"lr": 1})) == numba.typeof(optimizer.pack({}))


@each_optimizer
def test_the_limits_themselves_are_accepted(optimizer: Optimizer) -> None:
    for h in optimizer.hyperparameters:
        ends = (False, True) if h.scale == "switch" else (h.minimum, h.maximum)
        for value in ends:
            assert getattr(optimizer.pack({h.id: value}), h.id) == value


@each_optimizer
def test_a_value_out_of_range_is_refused_with_its_name_and_the_limits(
    optimizer: Optimizer,
) -> None:
    for h in optimizer.hyperparameters:
        if h.scale == "switch":
            continue
        below, above = h.minimum - 1.0, h.maximum * 2.0
        for value in (below, above, math.nan, math.inf, -math.inf, 10**400):
            with pytest.raises(ValueError, match=f"^{h.id} must be between") as raised:
                optimizer.pack({h.id: value})
            assert f"between {h.minimum:g} and {h.maximum:g}" in str(raised.value)


@each_optimizer
def test_a_value_of_the_wrong_type_is_refused_with_its_name(optimizer: Optimizer) -> None:
    for h in optimizer.hyperparameters:
        wrong: list[Any] = [None, "0.1", [0.1], 1j]
        wrong += [0, 1, 0.5] if h.scale == "switch" else [True, False]
        for value in wrong:
            with pytest.raises(ValueError, match=f"^{h.id} must be"):
                optimizer.pack({h.id: value})


@each_optimizer
def test_an_unknown_hyperparameter_is_refused_with_the_names_that_are_known(
    optimizer: Optimizer,
) -> None:
    with pytest.raises(ValueError, match=f"^warmth is none of {optimizer.id}'s: lr"):
        optimizer.pack({"warmth": 1.0})
