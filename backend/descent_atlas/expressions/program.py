"""Compilation of trees to programs of the machine, in Python and in microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from descent_atlas.expressions import machine
from descent_atlas.expressions.instructions import (
    ABS,
    ADD,
    BEND,
    CONSTANT,
    COS,
    COSTS,
    DIVIDE,
    END,
    EXP,
    EXPONENTIAL,
    INVERT,
    JOIN,
    LOG,
    MAXIMUM,
    MINIMUM,
    MULTIPLY,
    PUSH,
    RAISE,
    REAL_POWER,
    REFLECT,
    SCALE,
    SHIFT,
    SIN,
    SPLIT,
    SQRT,
    SQUARE,
    SUBTRACT,
    TAKE_OPERANDS,
    TAN,
    TANH,
    WHOLE_POWER,
    X,
    Y,
)
from descent_atlas.expressions.tree import (
    COORDINATES,
    Call,
    Literally,
    Name,
    Negation,
    Node,
    Operation,
    list_nodes,
)

MAX_WHOLE_POWER = 64
"""Whole exponents up to this size become multiplications, at most twelve."""

OPERATIONS = {"+": ADD, "-": SUBTRACT, "*": MULTIPLY, "/": DIVIDE, "^": RAISE}
WITH_NUMBER_RIGHT = {"*": SCALE, "/": SPLIT}
WITH_NUMBER_LEFT = {"+": SHIFT, "-": REFLECT, "*": SCALE, "/": INVERT, "^": EXPONENTIAL}
FUNCTIONS = {
    "sin": SIN,
    "cos": COS,
    "tan": TAN,
    "exp": EXP,
    "log": LOG,
    "sqrt": SQRT,
    "abs": ABS,
    "tanh": TANH,
    "min": MINIMUM,
    "max": MAXIMUM,
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Program:
    """A formula, compiled for the machine.

    Attributes:
        code: the instructions, float64[numbers].
        cost: the time of an evaluation relative to that of an addition, about 2 ns.
        bends: whether it has an instruction that lacks a derivative somewhere.
    """

    code: NDArray[np.float64]
    cost: int
    bends: bool


def compile_tree(tree: Node, values: Mapping[str, float]) -> Program:
    """Return the program of a tree with the values of its parameters.

    Example:
        >>> from descent_atlas.expressions.parser import parse
        >>> compile_tree(parse("a*x^2"), {"a": 3.0}).code.tolist()  # X, SQUARE, SCALE 3, END
        [2.0, 19.0, 13.0, 3.0, 0.0]
    """
    compiler = _Compiler(values)
    compiler.emit(tree)
    return compiler.finish()


class _Compiler:
    """The instructions emitted so far."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self._values = values
        self._code: list[float] = []
        self._height = 0
        self._highest = 0
        self._cost = 0
        self._bends = False

    def finish(self) -> Program:
        """Return the program of what was emitted."""
        assert self._highest <= machine.STACK, "the parser's limit on depth bounds the stack"
        code = np.array([*self._code, END], dtype=np.float64)
        return Program(code=code, cost=self._cost, bends=self._bends)

    def emit(self, node: Node) -> None:
        """Emit the instructions that push the value of a node."""
        number = self._find_number(node)
        if number is not None:
            self._add(CONSTANT, number)
            return
        match node:
            case Name(name):
                self._add(X if name == "x" else Y)
            case Negation(operand):
                self.emit(operand)
                self._add(SCALE, -1.0)
            case Operation():
                self._emit_operation(node)
            case Call(function, arguments):
                for argument in arguments:
                    self.emit(argument)
                self._add(FUNCTIONS[function])

    def _emit_operation(self, node: Operation) -> None:
        left, right = self._find_number(node.left), self._find_number(node.right)
        if right is not None:
            self.emit(node.left)
            self._emit_with_number(node.operator, right)
        elif left is not None:
            self.emit(node.right)
            self._add(WITH_NUMBER_LEFT[node.operator], left)
        else:
            self.emit(node.left)
            self.emit(node.right)
            self._add(OPERATIONS[node.operator])

    def _emit_with_number(self, operator: str, right: float) -> None:
        """Emit the operation of the value on top with a number."""
        match operator:
            case "+" | "-":
                self._add(SHIFT, right if operator == "+" else -right)
            case "^" if right == 2.0:
                self._add(SQUARE)
            case "^" if right.is_integer() and 0 < abs(right) <= MAX_WHOLE_POWER:
                self._add(WHOLE_POWER, right)
            case "^":
                self._add(REAL_POWER, right)
            case _:
                self._add(WITH_NUMBER_RIGHT[operator], right)

    def _find_number(self, node: Node) -> float | None:
        """Return the value of a node without variables, as the machine computes it; else None."""
        match node:
            case Literally(value):
                return value
            case Name("pi"):
                return float(np.pi)
            case Name("e"):
                return float(np.e)
            case Name(name):
                return self._values.get(name) if name not in COORDINATES else None
        if any(isinstance(part, Name) and part.name in COORDINATES for part in list_nodes(node)):
            return None
        code: list[float] = []
        self._write_plainly(node, code)
        address = np.uintp(machine.value_and_gradient.address)
        return float(machine.evaluate_once(address, np.array([*code, END])))

    def _write_plainly(self, node: Node, code: list[float]) -> None:
        """Write the instructions of a node without variables, number by number."""
        match node:
            case Negation(operand):
                self._write_plainly(operand, code)
                code += [SCALE, -1.0]
            case Operation(operator, left, right):
                self._write_plainly(left, code)
                self._write_plainly(right, code)
                code.append(OPERATIONS[operator])
            case Call(function, arguments):
                for argument in arguments:
                    self._write_plainly(argument, code)
                code.append(FUNCTIONS[function])
            case _:
                number = self._find_number(node)
                assert number is not None
                code += [CONSTANT, number]

    def _add(self, instruction: int, operand: float | None = None) -> None:
        self._code.append(instruction)
        if operand is not None:
            self._code.append(operand)
        assert (operand is not None) == (instruction in TAKE_OPERANDS)
        self._height += (instruction in PUSH) - (instruction in JOIN)
        self._highest = max(self._highest, self._height)
        self._cost += COSTS.get(instruction, 1)
        is_whole = operand is not None and operand.is_integer()
        self._bends = self._bends or (instruction in BEND and not is_whole)
