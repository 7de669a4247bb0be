"""Hostile typed functions on every route that takes them: nesting, numbers, look-alikes."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from descent_atlas.objectives.typed.expression_parser import MAX_DEPTH, MAX_LENGTH
from tests.attack.hostile_landscapes import answer_in_time, read_strictly

AXIS = {"min": -2, "max": 2, "count": 5}
START = {"x": 1, "y": 1}
ADAM = {"id": "adam", "steps": 20}
SEVERAL = {"start": START, "optimizers": [ADAM]}

BODIES: dict[str, dict[str, Any]] = {
    "points": {"point": START},
    "surfaces": {"x": AXIS, "y": AXIS},
    "sharpness": {"x": AXIS, "y": AXIS},
    "descents": SEVERAL,
    "states": SEVERAL,
    "stability": {**SEVERAL, "minimum": START},
    "scripts": {"start": START, "optimizer": ADAM},
    "scripts/descents": SEVERAL,
    "basins": {"x": AXIS, "y": AXIS, "optimizers": [ADAM]},
    "ensembles": {"start": START, "optimizer": {**ADAM, "id": "sgd"}, "seeds": 10},
}
"""A request of each route without its objective. Rate curves take as long as many of them."""

NO_FUNCTIONS = {
    "parentheses one too deep": f"{'(' * (MAX_DEPTH + 1)}x{')' * (MAX_DEPTH + 1)}",
    "parentheses to the end": "(" * MAX_LENGTH,
    "functions in each other": "sin(" * 120 + "x" + ")" * 20,
    "powers to the end": "x^" * 249 + "x",
    "signs to the end": "-" * (MAX_LENGTH - 1) + "x",
    "a character too many": "x" + "+x" * 250,
    "64 kB": "x+" * 30_000,
    "a number beyond all": "1e999*x",
    "a negative number beyond all": "-1e309*x",
    "a number of 400 digits": f"{'9' * 400}*x",
    "a parameter beyond all": "a*x; a = 1e999",
    "a range beyond all": "a*x; a = 1 in [0, 1e308]",
    "not a number": "nan(x)",
    "infinity as a call": "inf(x)",
    "a Cyrillic х": "х + y",
    "a Cyrillic і in a name": "sіn(x)",
    "a Greek ο in a name": "lοg(x)",
    "an x of another width": "ｘ + y",
    "a plus of another width": "x ＋ y",
    "a digit of another width": "２*x",
    "an Arabic digit": "٣*x",
    "a small number above": "x⁴",
    "a mathematical x": "𝑥 + y",
    "an accent that combines": "x\u0301 + y",
    "no width between": "x\u200b+ y",
    "from right to left": "x\u202e + y",
    "a byte order mark": "\ufeffx + y",
    "a NUL": "x + \0y",
    "half a character": "x + \ud800",
    "a bomb": "💣" * 250,
    "a dunder": "__import__('os')",
    "an attribute": "x.real",
    "a lambda": "lambda: x",
    "a string": "'x'",
    "a comment": "x # y",
    "a script": "<script>alert(1)</script>",
    "LaTeX": r"\input{/etc/passwd}",
    "a template": "{{ x }}",
}


def post(client: TestClient, route: str, body: Any) -> Any:
    """Send a request, with half characters too, and return the response; fail if it hangs."""
    content = json.dumps(body)
    headers = {"content-type": "application/json"}
    return answer_in_time(lambda: client.post(f"/api/v1/{route}", content=content, headers=headers))


@pytest.mark.parametrize("name", NO_FUNCTIONS)
def test_no_route_takes_for_a_function(client: TestClient, name: str) -> None:
    text = NO_FUNCTIONS[name]
    for route, body in BODIES.items():
        answer = post(client, route, {**body, "objective": {"expression": text}})
        assert answer.status_code == 422, route
        (error,) = answer.json()["errors"]
        assert error["field"] == "objective.expression"
        assert len(answer.content) < 2_000
    answer = post(client, "expressions", {"expression": text})
    if len(text) > MAX_LENGTH or "\ud800" in text:
        assert answer.status_code == 422
    else:
        fault = read_strictly(answer)["fault"]
        assert 0 <= fault["position"] <= len(text)


FUNCTIONS = {
    "infinity": "1e308*1e308*x",
    "no number": "0/0*x + y",
    "no number anywhere": "sqrt(-1 - x^2)",
    "numbers below all": "1e-320*x + 1e-999*y",
    "a pole": "1/x + 1/y",
    "a hole": "log(x)",
    "a huge power": "x^1e308",
    "a power of everything": "x^y^x^y^x",
    "a tower": "exp(exp(exp(exp(x))))",
    "zero to the power of zero": "(x - x)^(y - y)",
    "a constant": "7",
    "a name of Python": "class*x + None*y",
    "a name of JavaScript": "constructor*x + prototype*y",
    "a name of the program's own": "lr*x + self*y",
    "spaces of all kinds": "x\u00a0+\t\u2003y\n",
    "the deepest": f"{'(' * MAX_DEPTH}x{')' * MAX_DEPTH}",
    "the longest": "x" + "+y" * 99 + " " * (MAX_LENGTH - 199),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_route_answers_in_json_for(client: TestClient, name: str) -> None:
    text = FUNCTIONS[name]
    for route, body in BODIES.items():
        answer = post(client, route, {**body, "objective": {"expression": text}})
        assert answer.status_code == 200, (route, answer.text)
        if "json" in answer.headers["content-type"]:
            read_strictly(answer)
    objective = read_strictly(post(client, "expressions", {"expression": text}))["objective"]
    assert "<script" not in objective["formula"]["mathml"]


@pytest.mark.parametrize(
    "parameters",
    [
        '{"a": 1e999}',
        '{"a": -1e999}',
        '{"a": NaN}',
        '{"a": "1"}',
        '{"\\ud800": 1}',
        '{"а": 1}',
        '{"__proto__": 1}',
        f'{{"a": {"9" * 5_000}}}',
        f"{{{','.join(f'{chr(34)}p{n}{chr(34)}: 1' for n in range(3_000))}}}",
    ],
    ids=range(9),
)
def test_no_route_takes_as_parameters(client: TestClient, parameters: str) -> None:
    for route, body in BODIES.items():
        whole = json.dumps({**body, "objective": {"expression": "a*x + y", "parameters": 7}})
        content = whole.replace('"parameters": 7', f'"parameters": {parameters}')
        answer = client.post(
            f"/api/v1/{route}", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422, route
        assert answer.json()["errors"]
        assert len(answer.content) < 5_000
