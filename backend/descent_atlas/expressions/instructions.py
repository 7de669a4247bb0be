"""Instructions of the machine that computes typed formulas.

A program is a vector of float64: instructions by number, some of them followed by one operand, and
`END`. Being a vector, it takes the place of an objective's parameters, so that one compiled
function computes every formula.
"""

END = 0

# These push a value: an operand, x or y.
CONSTANT, X, Y = 1, 2, 3

# These replace the two values on top, the left one below, by one.
ADD, SUBTRACT, MULTIPLY, DIVIDE, RAISE, MINIMUM, MAXIMUM = 4, 5, 6, 7, 8, 9, 10

# These replace the value u on top, and take an operand c: u + c, c - u, u c, u / c, c / u, uᶜ for a
# whole c, uᶜ for another one, cᵘ.
SHIFT, REFLECT, SCALE, SPLIT, INVERT, WHOLE_POWER, REAL_POWER, EXPONENTIAL = (
    11, 12, 13, 14, 15, 16, 17, 18
)  # fmt: skip

# These replace the value on top.
SQUARE, SIN, COS, TAN, EXP, LOG, SQRT, ABS, TANH = 19, 20, 21, 22, 23, 24, 25, 26, 27

TAKE_OPERANDS = frozenset(
    (CONSTANT, SHIFT, REFLECT, SCALE, SPLIT, INVERT, WHOLE_POWER, REAL_POWER, EXPONENTIAL)
)
"""Instructions that an operand follows."""

PUSH = frozenset((CONSTANT, X, Y))
"""Instructions that make the stack higher by one."""

JOIN = frozenset((ADD, SUBTRACT, MULTIPLY, DIVIDE, RAISE, MINIMUM, MAXIMUM))
"""Instructions that make the stack lower by one."""

BEND = frozenset((RAISE, MINIMUM, MAXIMUM, REAL_POWER, SQRT, ABS))
"""Instructions with points at which they have no derivative."""

COSTS = {
    **dict.fromkeys((RAISE, REAL_POWER, EXPONENTIAL), 16),
    **dict.fromkeys((SIN, COS, TAN, EXP, LOG, TANH), 8),
    **dict.fromkeys((WHOLE_POWER, DIVIDE, SPLIT, INVERT, SQRT, MINIMUM, MAXIMUM), 3),
}
"""Time of an instruction relative to that of an addition, about 2 ns; 1 for those not listed."""
