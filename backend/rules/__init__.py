"""The update rules of the optimizers, each as its paper states it.

Importing a module of this package registers its rules with `init` and `update`.
"""

from backend.rules.adam import Adam
from backend.rules.adaptive import RMSprop
from backend.rules.dispatch import init, update
from backend.rules.momentum import GradientDescent, Momentum

__all__ = ["Adam", "GradientDescent", "Momentum", "RMSprop", "init", "update"]
