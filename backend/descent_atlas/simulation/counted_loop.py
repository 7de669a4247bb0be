"""The loop of rules that ask an oracle: their steps take as many evaluations as they need.

The budget counts evaluations. A step that it does not pay for is not taken, so that a descent with
a larger budget begins with the same path. The objective at the drawn point is evaluated for the
path alone: neither counted nor noisy.
"""

import math

from descent_atlas.compilation.kernels import call_objective, compile_function
from descent_atlas.optimizers.rules import advance, init, scale_rate
from descent_atlas.optimizers.rules.oracle import Oracle
from descent_atlas.simulation.ending import SPENT, count_spent, describe_end, has_left


@compile_function
def run_counted(  # type: ignore[no-untyped-def]  # compiled for each optimizer's types
    objective, hessian, valley, parameters, minima, h, factors, noise_scale, seeds,
    points, budget, paths, ends,
):  # fmt: skip
    """Walk from each start and record where each walk ended, as `descent.run` does.

    The arguments are those of `descent.run`, except for these:

    Args:
        objective, hessian, valley, parameters, minima, h, noise_scale, seeds, points: as there.
        factors: what the learning rate is multiplied by at each step, float64[budget or fewer]; a
            later step has the last factor.
        budget: the evaluations of each walk, 1 or more.
        paths: float64[walks, 4, budget + 1]; receives x, y, the loss and the evaluations spent at
            each step; later walks overwrite earlier ones.
        ends: int32[starts, 7 or 8]; receives what `ending.describe_end` writes, and then the
            evaluations spent at the step of arrival (-1 for none).
    """
    has_schedule = factors.shape[0] > 0
    states, before = [init(h)], [init(h)]
    for i in range(points.shape[0]):
        path = paths[i % paths.shape[0]]
        x, y = points[i, 0], points[i, 1]
        f, fx, fy = call_objective(objective, x, y, parameters)
        path[0, 0], path[1, 0], path[2, 0], path[SPENT, 0] = x, y, f, 0.0
        states[0] = init(h)
        spent, spent_before, k = 0, 0, 0
        left = False
        while spent < budget and not left:
            scheduled = h
            if has_schedule:
                scheduled = scale_rate(h, factors[min(k, factors.shape[0] - 1)])
            oracle = Oracle(objective, hessian, parameters, noise_scale, seeds[i], spent)
            next_x, next_y, oracle, state = advance(x, y, oracle, states[0], scheduled)
            if oracle.spent > budget:
                break
            before[0], spent_before = states[0], spent
            x, y, states[0], spent = next_x, next_y, state, oracle.spent
            k += 1
            f, fx, fy = call_objective(objective, x, y, parameters)
            path[0, k], path[1, k], path[2, k], path[SPENT, k] = x, y, f, spent
            left = has_left(x, y, f)
        moved_x, moved_y = math.inf, math.inf  # the budget did not pay for a step
        if k > 0:
            from_x, from_y = path[0, k - 1], path[1, k - 1]
            moved_x, moved_y = x - from_x, y - from_y
            if has_schedule and not left:
                oracle = Oracle(objective, hessian, parameters, noise_scale, seeds[i], spent_before)
                to_x, to_y, oracle, state = advance(from_x, from_y, oracle, before[0], h)
                moved_x, moved_y = to_x - from_x, to_y - from_y
        describe_end(
            objective, hessian, valley, parameters, minima, path, budget, k, left,
            fx, fy, moved_x, moved_y, noise_scale > 0.0, ends[i, :7],
        )  # fmt: skip
        if ends.shape[1] > 7:
            ends[i, 7] = count_spent(path, ends[i, 3])
        points[i, 0], points[i, 1] = x, y
