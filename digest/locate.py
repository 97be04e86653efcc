"""Finds the line of a key in a TOML text.

TOML parsers in Python keep no positions; this walks headers and keys line by line, which is right
for all but keys within inline tables, where the line of the table is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Loc = tuple[str | int, ...]
_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*(?:\"([^\"]*)\"|'([^']*)'|([\w.-]+))\s*=")


def locate(text: str, loc: Loc) -> int:
    """Find the line of a key in TOML ``text``; its table's line where the key is not there."""
    names = [str(part) for part in loc if isinstance(part, str)]
    table: list[str] = []
    seen: dict[str, int] = {}
    best, best_depth, in_string = 0, -1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if in_string:
            in_string = "" if in_string in line else in_string
            continue
        header = _TABLE.match(line)
        if header:
            table = [part.strip().strip("\"'") for part in header[2].split(".")]
            if header[1] == "[[":
                seen[header[2]] = seen.get(header[2], -1) + 1
            depth = len(table)
            if names[:depth] == table and _same_table(loc, table, seen) and depth > best_depth:
                best, best_depth = number, depth
            continue
        key = _KEY.match(line)
        if key:
            path = [*table, *(key[1] or key[2] or key[3]).split(".")]
            depth = len(path)
            if names[:depth] == path and _same_table(loc, table, seen) and depth > best_depth:
                best, best_depth = number, depth
            for marks in ('"""', "'''"):
                if line.count(marks) % 2:
                    in_string = marks
    return best


def _same_table(loc: Loc, table: Sequence[str], seen: Mapping[str, int]) -> bool:
    """Whether every list of tables on the way to ``table`` is at the element that ``loc`` names."""
    names = [at for at, part in enumerate(loc) if isinstance(part, str)]
    for depth in range(1, len(table) + 1):
        number = seen.get(".".join(table[:depth]))
        if number is None or depth > len(names):
            continue
        after = loc[names[depth - 1] + 1] if len(loc) > names[depth - 1] + 1 else None
        if isinstance(after, int) and after != number:
            return False
    return True
