"""The update rules of the optimizers, each as its paper states it.

Importing a module of this package registers its rules with `init` and `update`.
"""

from backend.rules.adam import Adam, AdamW, NAdam
from backend.rules.adaptive import Adagrad, RMSprop
from backend.rules.dispatch import init, update
from backend.rules.eve import Eve
from backend.rules.lion import Lion
from backend.rules.momentum import GradientDescent, Momentum, Nesterov
from backend.rules.yellowfin import YellowFin

__all__ = [
    "Adagrad",
    "Adam",
    "AdamW",
    "Eve",
    "GradientDescent",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "RMSprop",
    "YellowFin",
    "init",
    "update",
]
