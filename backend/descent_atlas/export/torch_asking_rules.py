"""Update rules in PyTorch that average, or that need more than one gradient a step.

Those that average keep the point where gradients are taken in `theta` and the average in `x`. The
others call a closure for each gradient.
"""

from descent_atlas.optimizers.rules import SAM, Newton, ScheduleFreeAdamW, ScheduleFreeSGD

_SCHEDULE_FREE_SGD = """\
    def __init__(self, theta):
        self.theta = theta  # y, where gradients are taken
        self.x = self.z = theta.detach().clone()  # average, stepping point
        self.t = 0  # steps taken
        self.lr_max = self.weights = 0.0

    @torch.no_grad()
    def step(self):
        g = self.theta.grad + weight_decay * self.theta
        self.t += 1
        lr_t = lr * min(1.0, self.t / max(warmup_steps, 1.0))
        self.lr_max = max(self.lr_max, lr_t)
        weight = self.t**r * self.lr_max**2
        self.weights += weight
        self.z = self.z - lr_t * g
        self.x = torch.lerp(self.x, self.z, weight / self.weights)
        self.theta.copy_(torch.lerp(self.z, self.x, momentum))
"""

_SCHEDULE_FREE_ADAMW = """\
    def __init__(self, theta):
        self.theta = theta  # y, where gradients are taken
        self.x = self.z = theta.detach().clone()  # average, stepping point
        self.v = torch.zeros_like(theta)  # average of g**2
        self.t = 0  # steps taken
        self.lr_max = self.weights = 0.0

    @torch.no_grad()
    def step(self):
        g = self.theta.grad
        self.t += 1
        self.v = beta2 * self.v + (1 - beta2) * g**2
        v_hat = self.v / (1 - beta2**self.t)
        lr_t = lr * min(1.0, self.t / max(warmup_steps, 1.0))
        self.lr_max = max(self.lr_max, lr_t)
        weight = self.t**r * self.lr_max**2
        self.weights += weight
        g = g / (torch.sqrt(v_hat) + eps) + weight_decay * self.theta
        self.z = self.z - lr_t * g
        self.x = torch.lerp(self.x, self.z, weight / self.weights)
        self.theta.copy_(torch.lerp(self.z, self.x, beta1))
"""

_SAM = """\
    def __init__(self, theta):
        self.theta = theta
        self.v = torch.zeros_like(theta)  # velocity

    @torch.no_grad()
    def step(self, closure):
        theta = self.theta.clone()
        closure()
        g = self.theta.grad
        self.theta += rho / (g.norm() + 1e-12) * g  # uphill
        closure()
        self.v = momentum * self.v + self.theta.grad + weight_decay * theta
        self.theta.copy_(theta - lr * self.v)
"""

_NEWTON = """\
    def __init__(self, theta):
        self.theta = theta

    @torch.no_grad()
    def step(self, closure, hessian):
        theta = self.theta.clone()
        f, g = closure(), self.theta.grad
        values, vectors = torch.linalg.eigh(hessian())
        sizes = values.abs()
        largest = sizes.max()
        sizes = sizes.clamp(1e-8 * largest) if largest > 0 else torch.ones(2)
        d = -(vectors / sizes) @ (vectors.T @ g)
        s = lr
        for _ in range(25):
            self.theta.copy_(theta + s * d)
            if closure() <= f + armijo * s * (g @ d):
                return
            s *= backtracking
        self.theta.copy_(theta)
"""

ASKING_TEMPLATES: dict[type, str] = {
    ScheduleFreeSGD: _SCHEDULE_FREE_SGD,
    ScheduleFreeAdamW: _SCHEDULE_FREE_ADAMW,
    SAM: _SAM,
    Newton: _NEWTON,
}
"""Their templates, see `torch_rules`."""
