"""Derivatives of a study's loss at one point of a run's parameter space."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from descent_atlas.analysis.array_types import Floats
from descent_atlas.analysis.curvature import Product
from descent_atlas.analysis.planes import ParameterPlane
from descent_atlas.analysis.spectra.network_curvature import NetworkCurvature
from descent_atlas.analysis.spectra.point_derivatives import Slope, differentiate, project_hessian
from descent_atlas.analysis.spectra.quadratic_models import TaylorModel
from descent_atlas.evaluation.points import Evaluator
from descent_atlas.output.point_measures import PointMeasures
from descent_atlas.study.measures import Measures, StudyDataset, StudySplit, choose_samples
from descent_atlas.training.networks import Layout
from descent_atlas.training.runs import TrainingRun


class OriginDerivatives:
    """Gradients and Hessians of a study's loss at θ float32[P], on samples that are asked for.

    Vectors are float64[P] in the run's layout, zero at frozen parameters. `check` is called before
    each product; an exception that it raises ends the work.
    """

    def __init__(
        self,
        run: TrainingRun,
        dataset: StudyDataset,
        measures: Measures,
        theta: Tensor,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self.points = PointMeasures(run, dataset, measures)
        self.layout, self.theta, self.check = run.layout, theta, check

    def slope(self, samples: StudySplit, batch: Tensor | None = None) -> Slope:
        """Return the mean loss and its gradient; `batch` are indices of some of the samples."""
        evaluator, parameters = self._open(samples, batch)
        found = differentiate(evaluator, parameters)
        return Slope(found.loss, self._expand(found.gradient))

    def product(self, samples: StudySplit, batch: Tensor | None = None) -> Product:
        """Return the product with the Hessian of the mean loss."""
        matrix = NetworkCurvature(*self._open(samples, batch))

        def multiply(vector: Floats) -> Floats:
            self.check()
            return self._expand(matrix.multiply(self._shrink(vector)))

        return multiply

    def model(self, plane: ParameterPlane, samples: StudySplit) -> TaylorModel:
        """Return the quadratic model of the mean loss on a plane whose origin is this point."""
        directions = plane.directions.double().numpy()
        slope = self.slope(samples)
        hessian = project_hessian(self.product(samples), directions)
        return TaylorModel(slope.loss, directions @ slope.gradient, hessian)

    @property
    def _varying(self) -> Layout:
        return self.points.space.layout

    def _open(
        self, samples: StudySplit, batch: Tensor | None
    ) -> tuple[Evaluator, Mapping[str, Tensor]]:
        evaluator = self.points.open(samples if batch is None else choose_samples(samples, batch))
        own: Mapping[str, Any] = self.layout.split(self.theta.float())
        return evaluator, self.points.space.place(own, None, (), evaluator.device)

    def _shrink(self, vector: Floats) -> Floats:
        """Return the varying parameters' part of a vector."""
        parts = self.layout.split(torch.from_numpy(vector))
        chosen = [parts[name].reshape(-1).numpy() for name in self._varying.names]
        shrunk: Floats = np.concatenate(chosen)
        return shrunk

    def _expand(self, vector: Floats) -> Floats:
        """Return a vector of the varying parameters as one of all."""
        full = torch.zeros(self.layout.size, dtype=torch.float64)
        places = self.layout.split(full)
        for name, part in self._varying.split(torch.from_numpy(vector)).items():
            places[name].copy_(part)
        return full.numpy()


def draw_samples(samples: StudySplit, count: int | None, seed: int) -> Tensor | None:
    """Return the indices of `count` samples that a seed draws; None, for all of them, if that is.

    With the seed of a study's `[curvature]` they are its first subset. Raises ValueError if there
    are too few.
    """
    if count is None:
        return None
    if count > samples.size:
        raise ValueError(
            f"{count:,} samples are more than the {samples.size:,} of the training set"
        )
    return torch.from_numpy(np.random.default_rng(seed).permutation(samples.size)[:count])
