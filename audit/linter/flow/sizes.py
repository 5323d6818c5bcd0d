"""Numbers that a client chose: a divisor may be nought, a size may be anything."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from audit.linter.flow.forms import COUNT, LISTED, MARKS, NUMBER, SAFE, SENT
from audit.linter.flow.sinks import Call

SIZED = re.compile(
    r"(range|xrange|bytearray|(os\.)?urandom|(secrets\.)?token_(bytes|hex|urlsafe)|(time\.)?sleep"
    r"|(np|numpy)\.(zeros|ones|empty))$"
)


def found_in_call(call: Call) -> Iterator[str]:
    """Give the rules that a call breaks."""
    if SIZED.match(call.name) and any(_chosen(form) for form in call.forms):
        yield "unbounded-size"


def taken_away(node: ast.Assign) -> ast.expr | None:
    """Give what an assignment such as `a.b = a.b - c` takes from a total, if it does."""
    match node:
        case ast.Assign(
            targets=[ast.Attribute() | ast.Subscript() as total],
            value=ast.BinOp(op=ast.Sub(), left=before, right=amount),
        ) if ast.unparse(total) == ast.unparse(before):
            return amount
    return None


def found_in_sum(op: ast.operator, left: str, right: str) -> str:
    """Give the rule that a product or quotient breaks, or nothing."""
    if isinstance(op, ast.Mult):
        repeated = left.startswith(LISTED) or MARKS.sub("", left)
        return "unbounded-size" if repeated and _chosen(right) else ""
    number = left in {SAFE, COUNT, NUMBER} and SENT.search(right)
    return "divide-by-request" if _chosen(right) or number else ""


def _chosen(form: str) -> bool:
    return form in {COUNT, NUMBER}
