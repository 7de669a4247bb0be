"""Update rules, each as its paper states it.

Importing a module of this package registers its rules with `init` and `update`, or `advance`.
"""

from descent_atlas.optimizers.rules.adam import AdaBelief, Adam, Adamax, AdamW, NAdam, RAdam
from descent_atlas.optimizers.rules.adaptive import Adadelta, Adagrad, RMSprop
from descent_atlas.optimizers.rules.averaged import ASGD
from descent_atlas.optimizers.rules.dispatch import advance, asks, init, update
from descent_atlas.optimizers.rules.eve import Eve
from descent_atlas.optimizers.rules.lbfgs import LBFGS
from descent_atlas.optimizers.rules.lion import Lion
from descent_atlas.optimizers.rules.momentum import GradientDescent, Momentum, Nesterov
from descent_atlas.optimizers.rules.newton import Newton
from descent_atlas.optimizers.rules.rate_scaling import scale_rate
from descent_atlas.optimizers.rules.rprop import Rprop
from descent_atlas.optimizers.rules.sam import SAM
from descent_atlas.optimizers.rules.schedule_free import ScheduleFreeAdamW, ScheduleFreeSGD
from descent_atlas.optimizers.rules.yellowfin import YellowFin

__all__ = [
    "ASGD",
    "LBFGS",
    "SAM",
    "AdaBelief",
    "Adadelta",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Eve",
    "GradientDescent",
    "Lion",
    "Momentum",
    "NAdam",
    "Nesterov",
    "Newton",
    "RAdam",
    "RMSprop",
    "Rprop",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "YellowFin",
    "advance",
    "asks",
    "init",
    "scale_rate",
    "update",
]
