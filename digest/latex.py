"""Turns LaTeX into Unicode; the one place that uses pylatexenc."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from digest.text import squash

# Inline mathematics as pandoc takes it: no space inside the dollars, no digit after the last,
# which leaves sums of money alone.
_MATH = r"\$(?=\S)[^$]{1,400}(?<=\S)\$(?!\d)"
_ACCENT = r"\{?\\[`'^\"~=.uvHcdbkr]\s?\{?\\?[A-Za-z]\}?\}?"
_COMMAND = r"\{?\\[A-Za-z]+(?:\{[^{}]{0,200}\})*\}?"
_LATEX = re.compile(rf"{_MATH}|\\\(.{{1,400}}?\\\)|{_ACCENT}|{_COMMAND}|\\[&%#$_]")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_POWER = re.compile(r"\^(-?\d{1,3}|n)(?![\w.])")
_INDEX = re.compile(r"(?<=[^\W\d_])_(\d{1,2})(?![\w.])")


@cache
def _converter() -> Any:  # noqa: ANN401 pylatexenc is untyped
    # Imported here: most texts hold no LaTeX.
    from pylatexenc.latex2text import LatexNodes2Text

    return LatexNodes2Text(math_mode="text", keep_comments=True, strict_latex_spaces=False)


def to_unicode(text: str) -> str:
    r"""Give ``text`` with its LaTeX as Unicode: ``Andr\'e``, ``$\beta$-VAE``, ``$O(n^2)$``.

    Only what is LaTeX is touched; what cannot be read as such stays as it is.
    """
    if "\\" not in text and "$" not in text:
        return text
    return squash(_LATEX.sub(_replaced, text))


def _replaced(found: re.Match[str]) -> str:
    try:
        said = str(_converter().latex_to_text(found.group(0)))
    except Exception:  # noqa: BLE001 pylatexenc raises what it likes on broken LaTeX
        return found.group(0)
    if not said.strip():
        return found.group(0)
    said = _POWER.sub(lambda power: power[1].translate(_SUPERSCRIPTS), said)
    return _INDEX.sub(lambda index: index[1].translate(_SUBSCRIPTS), said)
