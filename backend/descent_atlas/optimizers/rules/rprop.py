"""Rprop, which looks only at signs and gives each coordinate a step length of its own."""

from typing import NamedTuple

from descent_atlas.optimizers.rules.dispatch import coordinatewise


class Rprop(NamedTuple):
    """Hyperparameters of `rprop`."""

    lr: float = 0.01
    etaminus: float = 0.5
    etaplus: float = 1.2
    step_size_min: float = 1e-6
    step_size_max: float = 50.0


class RpropState(NamedTuple):
    """g: the last gradient, or 0 after a turn; delta: the length of the last step."""

    g: float
    delta: float


@coordinatewise(Rprop, lambda h: RpropState(0.0, 0.0))
def rprop(theta: float, g: float, t: int, state: RpropState, h: Rprop) -> tuple[float, RpropState]:
    """Rprop: θ ← θ - Δ sign g, where Δ grows while the sign of g stays and shrinks when it turns.

    Riedmiller and Braun (1993); as `torch.optim.Rprop`, the variant without weight backtracking:
    where g turns, Δ shrinks and θ stays for this step. The learning rate is the first Δ alone, so
    that of a schedule only the first factor matters.
    """
    turned = g * state.g
    scale = h.etaplus if turned > 0.0 else h.etaminus if turned < 0.0 else 1.0
    last = h.lr if t == 1 else state.delta
    delta = min(max(last * scale, h.step_size_min), h.step_size_max)
    if turned < 0.0:
        g = 0.0
    sign = 1.0 if g > 0.0 else -1.0 if g < 0.0 else g  # 0 stays 0, and NaN NaN
    return theta - delta * sign, RpropState(g, delta)
