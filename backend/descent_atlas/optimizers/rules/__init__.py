"""Update rules, each as its paper states it.

Importing a module of this package registers its rules with `init` and `update`.
"""

from descent_atlas.optimizers.rules.adam import Adam, AdamW, NAdam, RAdam
from descent_atlas.optimizers.rules.adaptive import Adadelta, Adagrad, RMSprop
from descent_atlas.optimizers.rules.dispatch import init, update
from descent_atlas.optimizers.rules.eve import Eve
from descent_atlas.optimizers.rules.lion import Lion
from descent_atlas.optimizers.rules.momentum import GradientDescent, Momentum, Nesterov
from descent_atlas.optimizers.rules.rate_scaling import scale_rate
from descent_atlas.optimizers.rules.yellowfin import YellowFin

__all__ = [
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Eve",
    "GradientDescent",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "RAdam",
    "RMSprop",
    "YellowFin",
    "init",
    "scale_rate",
    "update",
]
