"""Programs for `tape_machine`, assembled from the tree of an expression and its parameters' values.

Whatever does not depend on x and y is computed once, when the program is assembled. Subexpressions
that occur several times are computed once a point.
"""

import math
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from descent_atlas.objectives.typed import tape_machine as machine
from descent_atlas.objectives.typed.expression_tree import CONSTANTS, VARIABLES, Node, walk

LARGEST_EXPONENT = 64
"""The largest whole exponent for which powers are products; they are then as fast as those that are
written out, and beyond it `pow` is faster."""

UNARY = {
    "negate": machine.NEGATE,
    "sin": machine.SIN,
    "cos": machine.COS,
    "tan": machine.TAN,
    "exp": machine.EXP,
    "log": machine.LOG,
    "sqrt": machine.SQRT,
    "abs": machine.ABS,
    "tanh": machine.TANH,
}

# For each operation on two operands: both vary, the right one is constant, the left one is.
PAIRED = {
    "+": (machine.ADD, machine.ADD_CONSTANT, machine.ADD_CONSTANT),
    "-": (machine.SUBTRACT, machine.ADD_CONSTANT, machine.FROM_CONSTANT),
    "*": (machine.MULTIPLY, machine.MULTIPLY_CONSTANT, machine.MULTIPLY_CONSTANT),
    "/": (machine.DIVIDE, machine.DIVIDE_CONSTANT, machine.CONSTANT_OVER),
    "^": (machine.POWER, machine.CONSTANT_POWER, machine.POWER_OF_CONSTANT),
    "min": (machine.MINIMUM, machine.MINIMUM_CONSTANT, machine.MINIMUM_CONSTANT),
    "max": (machine.MAXIMUM, machine.MAXIMUM_CONSTANT, machine.MAXIMUM_CONSTANT),
}

NUMERIC = {
    "negate": np.negative,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "tanh": np.tanh,
    "+": np.add,
    "-": np.subtract,
    "*": np.multiply,
    "/": np.divide,
    "^": np.power,
    "min": np.minimum,
    "max": np.maximum,
}
"""The operations on numbers. Where a result is not finite, it is infinity or NaN."""

SLOW = frozenset({
    machine.SIN, machine.COS, machine.TAN, machine.EXP, machine.LOG, machine.TANH,
})  # fmt: skip
"""Operations that take about as long as ten others."""

SLOWEST = frozenset({machine.POWER, machine.CONSTANT_POWER, machine.POWER_OF_CONSTANT})
"""Operations that take about as long as thirty others."""


def compute(operation: str, operands: Iterable[float]) -> float:
    """Return the result of an operation on numbers, which may be infinite or NaN."""
    with np.errstate(all="ignore"):
        numbers = [np.float64(operand) for operand in operands]
        if any(map(np.isnan, numbers)):  # of which NumPy's powers may make 1
            return math.nan
        return float(NUMERIC[operation](*numbers))


class Assembler:
    """Collects the instructions and constants of one program."""

    def __init__(self, parameters: Mapping[str, float]) -> None:
        """Take the parameters' values; they are the first constants."""
        self.parameters = parameters
        self.constants = list(parameters.values())
        self.instructions: list[int] = []
        self._indices: dict[str, int] = {}
        self._slots: dict[tuple[int, int, int], int] = {}

    def load(self, value: float) -> int:
        """Return the index of a constant, which equal ones share."""
        name = value.hex()  # tells 0 from -0
        if name not in self._indices:
            self._indices[name] = len(self.constants)
            self.constants.append(value)
        return self._indices[name]

    def emit(self, operation: int, a: int, b: int = 0) -> int:
        """Append an instruction unless the same one is there; return its slot."""
        key = (operation, a, b)
        if key not in self._slots:
            self.instructions.append(operation + (a << 6) + (b << 16))
            self._slots[key] = len(self.instructions) + 1
        return self._slots[key]

    def assemble(self, root: Node) -> None:
        """Append the instructions of a tree, the last of which leaves its value."""
        results: dict[int, float | int] = {}
        for node in walk(root):
            results[id(node)] = self._place(node, [results[id(a)] for a in node.arguments])
        result = results[id(root)]
        if isinstance(result, float):
            self.emit(machine.LOAD, 0, self.load(result))
        elif result < 2:
            self.emit(machine.MULTIPLY_CONSTANT, result, self.load(1.0))

    def _place(self, node: Node, operands: list[float | int]) -> float | int:
        """Return the value of a node that is constant, or else the slot that holds it."""
        match node.operation:
            case "number":
                return node.value
            case "constant":
                return CONSTANTS[node.name]
            case "parameter":
                return float(self.parameters[node.name])
            case "variable":
                return VARIABLES.index(node.name)
        if all(isinstance(operand, float) for operand in operands):
            return compute(node.operation, operands)
        if len(operands) == 1:
            return self.emit(UNARY[node.operation], int(operands[0]))
        left, right = operands
        both, with_right, with_left = PAIRED[node.operation]
        if isinstance(right, float):
            if node.operation == "^":
                return self._raise(int(left), right)
            value = -right if node.operation == "-" else right
            return self.emit(with_right, int(left), self.load(value))
        if isinstance(left, float):
            return self.emit(with_left, right, self.load(left))
        if node.operation == "*" and left == right:
            return self.emit(machine.SQUARE, left)
        return self.emit(both, left, right)

    def _raise(self, base: int, exponent: float) -> float | int:
        """Return a power with a constant exponent: 1.0, the base's slot or that of the power."""
        if exponent == 0.0 and base < len(VARIABLES):
            return 1.0
        if exponent == 1.0:
            return base
        if exponent == 2.0:
            return self.emit(machine.SQUARE, base)
        if exponent == 0.5:
            return self.emit(machine.SQRT, base)
        is_product = exponent.is_integer() and 2.0 < exponent <= LARGEST_EXPONENT
        operation = machine.INTEGER_POWER if is_product else machine.CONSTANT_POWER
        return self.emit(operation, base, self.load(exponent))

    def finish(self) -> NDArray[np.float64]:
        """Return the program."""
        count = len(self.instructions)
        return np.array([count, 2 + count, *self.instructions, *self.constants], dtype=np.float64)


def assemble(root: Node, parameters: Mapping[str, float]) -> NDArray[np.float64]:
    """Return the program of an expression at its parameters' values."""
    assembler = Assembler(parameters)
    assembler.assemble(root)
    return assembler.finish()


def read_parameters(program: NDArray[np.float64], count: int) -> list[float]:
    """Return the values of the `count` parameters for which a program was assembled."""
    start = int(program[1])
    values: list[float] = program[start : start + count].tolist()
    return values


def estimate_cost(program: NDArray[np.float64]) -> float:
    """Return about how many times as long as another objective a program takes, 1 at least."""
    operations = program[2 : int(program[1])].astype(np.int64) & 63
    return max(1.0, sum(map(_weigh, operations.tolist())) / 10)


@cache
def _weigh(operation: int) -> int:
    if operation in SLOWEST:
        return 30
    return 10 if operation in SLOW else 1
