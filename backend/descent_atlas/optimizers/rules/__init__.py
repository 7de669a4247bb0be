"""Update rules, each as its paper states it.

Importing a module of this package registers its rules with `init` and `update`.
"""

from descent_atlas.optimizers.rules.adam import Adam, AdamW, NAdam
from descent_atlas.optimizers.rules.adaptive import Adagrad, RMSprop
from descent_atlas.optimizers.rules.dispatch import init, update
from descent_atlas.optimizers.rules.eve import Eve
from descent_atlas.optimizers.rules.lion import Lion
from descent_atlas.optimizers.rules.momentum import GradientDescent, Momentum, Nesterov
from descent_atlas.optimizers.rules.yellowfin import YellowFin

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
