"""Whoever reads or changes a delivery's status has the marks folded in first."""

from __future__ import annotations

import ast
from pathlib import Path

from digest import store

PACKAGE = Path(store.__file__).parent
STATUS_IS_STALE = {
    "marks.<module>": "folds",
    "migrations.<module>": "there are no marks yet",
    "deliveries.<module>": "inserts",
    "pruning.<module>": "what is sent by a mark alone is old another day",
    "outbox.may_leave": "what was given out has no mark; what others change is folded by them",
    "outbox.addresses": "reads no status",
}


def statements(module: Path) -> dict[str, bool]:
    """Give each function whose statements name the deliveries, and whether it folds first."""
    tree = ast.parse(module.read_text(encoding="utf-8"))
    found: dict[str, bool] = {}
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in functions:
        place = min((line for line, text in words(node) if names_deliveries(text)), default=0)
        folds = [line for line in calls(node, "fold") if line < place]
        if place:
            found[f"{module.stem}.{node.name}"] = bool(folds)
    inner = {id(part) for node in functions for part in ast.walk(node)}
    outside = [part for part in ast.walk(tree) if id(part) not in inner]
    if any(
        isinstance(part, ast.Constant) and names_deliveries(str(part.value)) for part in outside
    ):
        found[f"{module.stem}.<module>"] = False
    return found


def words(node: ast.FunctionDef) -> list[tuple[int, str]]:
    """Give the texts of a function's body but its docstring, with their lines."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return [
        (part.lineno, part.value)
        for statement in body
        for part in ast.walk(statement)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


def names_deliveries(text: str) -> bool:
    """Whether a text is part of a statement about deliveries."""
    return any(f"{word} deliveries" in text for word in ("FROM", "JOIN", "UPDATE", "INTO"))


def calls(node: ast.FunctionDef, name: str) -> list[int]:
    """Give the lines on which a function calls a method."""
    return [
        part.lineno
        for part in ast.walk(node)
        if isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr == name
    ]


def test_whoever_asks_for_a_status_has_marks_folded_first() -> None:
    """Each function with a statement about deliveries folds before it, or is named with a reason.

    A status is in the delivery's row or in a mark behind it (digest/store/marks.py).
    """
    found = {
        name: folds for path in PACKAGE.glob("*.py") for name, folds in statements(path).items()
    }
    stale = {name for name, folds in found.items() if not folds}
    assert (set(STATUS_IS_STALE), True) == (stale, len(found) > len(stale) + 9)
