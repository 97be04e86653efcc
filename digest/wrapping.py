"""Wraps plain text for the text part of a mail. Pure.

Columns are counted as a terminal does (Unicode TR 11): an East Asian character takes two, and a
line may break between any two of them; an address stays whole.
"""

from __future__ import annotations

import re
import unicodedata

WIDTH = 76
_WIDE = (
    "\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf"
    "\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6"
)
# Latin letters and what is set between them take a column each.
_NARROW = re.compile("[\x00-\u02ff\u2010-\u2027]*")
# A space with it says that the line may break there without one.
_ATOM = re.compile(rf"(\s*)([{_WIDE}]|[^\s{_WIDE}]+)")
_ADDRESS = re.compile(r"(?:https?://|mailto:)")


def columns(text: str) -> int:
    """Count the columns that a text takes."""
    if text.isascii() or _NARROW.fullmatch(text):
        return len(text)
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def wrap(text: str, indent: int = 0, hang: int = 0, whole: bool = False) -> str:
    """Wrap a paragraph; lines after the first stand ``hang`` columns further in.

    ``whole`` keeps words whole, by their characters: a title is found again by its words.
    """
    if len(text) + indent <= WIDTH and columns(text) + indent <= WIDTH:
        return " " * indent + " ".join(text.split())
    if whole or _NARROW.fullmatch(text):
        filled = _filled(" ".join(text.split()), indent, hang, whole)
        if filled:
            return filled
    lines: list[str] = []
    line, used = "", indent
    for gap, atom in _atoms(text, WIDTH - indent - hang):
        needs = columns(atom)
        space = " " if gap and line else ""
        if line and used + len(space) + needs > WIDTH:
            lines.append(line)
            line, used, space = "", indent + hang, ""
        line += space + atom
        used += len(space) + needs
    lines.append(line)
    first, *others = lines
    return "\n".join([" " * indent + first, *(" " * (indent + hang) + rest for rest in others)])


def _filled(text: str, indent: int, hang: int, whole: bool) -> str:
    """Put words, a space apart, into lines, a character a column.

    Addresses stay whole, and all words if wished; "" if another is longer than a line.
    """
    lines: list[str] = []
    margin, room = " " * indent, WIDTH - indent
    while len(text) > room:
        at = text.rfind(" ", 0, room + 1)
        if at < 0:
            word, _, _ = text.partition(" ")
            if not (whole or _ADDRESS.search(word)):
                return ""
            if (at := len(word)) == len(text):
                break
        lines.append(margin + text[:at])
        text = text[at + 1 :]
        margin, room = " " * (indent + hang), WIDTH - indent - hang
    return "\n".join([*lines, margin + text])


def _atoms(text: str, most: int) -> list[tuple[str, str]]:
    """Part a text into what stays together, each with the space before it."""
    found: list[tuple[str, str]] = []
    for gap, atom in _ATOM.findall(text):
        if columns(atom) <= most or _ADDRESS.search(atom):
            found.append((gap, atom))
            continue
        # A word longer than a line: cut where it must be.
        half = most // 2
        cuts = [atom[at : at + half] for at in range(0, len(atom), half)]
        found.extend((gap if at == 0 else "", cut) for at, cut in enumerate(cuts))
    return found


def underline(text: str, mark: str = "-") -> str:
    """Draw a line below a heading."""
    wrapped = wrap(text)
    return f"{wrapped}\n{mark * min(max(map(columns, wrapped.splitlines())), WIDTH)}"


def tidy(text: str) -> str:
    """Take off trailing spaces, surplus blank lines, and those around."""
    lines = "\n".join(line.rstrip() for line in text.splitlines())
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
