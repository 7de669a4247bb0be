"""Parts of a manifest on a trained network under other parameters that compute the same."""

from typing import Annotated

from pydantic import Field

from descent_atlas.landscapes.parts.manifest_part import ManifestPart


class RescaledNetwork(ManifestPart):
    """The network with one layer multiplied by `factor` and the next layer's weights divided by it.

    `sharpness` is the largest eigenvalue of its own Hessian, None if it has not converged;
    `residual` is ‖Hv - λv‖. `difference` is the largest change of an output, on all images of both
    sets. The others are loss and accuracy on all images of a set. What is not finite is None.
    """

    factor: float
    sharpness: float | None
    residual: float | None
    difference: float | None
    train_loss: float | None
    train_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None


class Rescaling(ManifestPart):
    """A run's network at its end, rescaled by several factors, of which 1 is the network itself.

    `layer` counts the linear layers from 0. The sharpness is that of the mean loss on `images`
    training images, drawn with `images_seed`; a value has converged if its residual is at most
    `tolerance` times it. `rounding` is how far the network's own outputs are from those that are
    computed in double precision, at most: a change of an output by no more is one of rounding. It
    is None if not finite. `rule` says so in words.
    """

    run: str
    seed: int
    layer: int
    images: int
    images_seed: int
    tolerance: float
    products: int
    rounding: float | None
    networks: Annotated[list[RescaledNetwork], Field(min_length=2)]
    rule: str
