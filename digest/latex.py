"""Turns LaTeX into Unicode; the one place that uses pylatexenc."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from digest.text import squash

# Inline mathematics as pandoc takes it: no space inside the dollars, no digit after the last,
# which leaves sums of money alone. With a space it must hold something that no sum has.
_MATH = r"\$(?=\S)[^$]{1,400}(?<=\S)\$(?!\d)"
_LOOSE = r"\$(?=[^$]{0,400}[\\^_{}=<>|\u2190-\u22ff])[^$]{1,400}\$(?!\d)"
_DISPLAY = r"\$\$[^$]{1,600}\$\$|\\\[.{1,600}?\\\]|\\\(.{1,400}?\\\)"
_SIGN_ACCENT = r"\{?\\[`'^\"~=.]\s?\{?\\?[A-Za-z]\}?\}?"
_LETTER_ACCENT = r"\{?\\[uvHcdbkr](?:\s+[A-Za-z](?![A-Za-z])|\s?\{\\?[A-Za-z]\})\}?"
_MATH_ACCENT = r"\\(?:d?dot|hat|bar|tilde|vec|check|mathring|overline)\s[A-Za-z](?![A-Za-z])"
# A command alone is no sum of money, whatever number follows it: "$\sim$5".
_COMMAND_ALONE = r"\$\s?\\[A-Za-z]+\s?\$"
_WITHIN = r"(?:[^{}]|\{[^{}]{0,200}\}){0,400}\}"
_GROUP = r"\{\\(?:em|it|bf|sc|tt|rm|sf|sl|cal)\s" + _WITHIN
_ARGUMENT = r"\{" + _WITHIN
_COMMAND = rf"\{{?\\[A-Za-z]+(?:\[[^\[\]]{{0,80}}\])?(?:{_ARGUMENT})*\}}?"
_SPACE = r"(?<=[\w.)}\]~])\\[ ,;:!/]"
_LATEX = re.compile(
    rf"{_DISPLAY}|{_COMMAND_ALONE}|{_MATH}|{_LOOSE}|{_GROUP}|{_SIGN_ACCENT}|{_LETTER_ACCENT}|{_MATH_ACCENT}|"
    rf"{_COMMAND}|{_SPACE}|\\[&%#$_{{}}]"
)
# What pylatexenc does not know, or drops.
_SIGNS = {
    "gt": ">",
    "lt": "<",
    "Q": "\N{DOUBLE-STRUCK CAPITAL Q}",
    "R": "\N{DOUBLE-STRUCK CAPITAL R}",
    "Z": "\N{DOUBLE-STRUCK CAPITAL Z}",
    "N": "\N{DOUBLE-STRUCK CAPITAL N}",
    "C": "\N{DOUBLE-STRUCK CAPITAL C}",
    "F": "\N{MATHEMATICAL DOUBLE-STRUCK CAPITAL F}",
    "micron": "μm",
    "gapprox": "≳",
    "lapprox": "≲",
    "Msun": "M☉",
    "Lsun": "L☉",
    "S": "§",
    "textasciicircum": "^",
}
_OPERATORS = frozenset("det Tr tr SL GL SU SO Sp rank diag argmin argmax dim ker Pr".split())
_SWITCHES = frozenset(
    "em it bf sc tt rm sf sl cal mbox left right big Big displaystyle limits boldsymbol".split()
)
_SILENT = re.compile(r"\{?\\(?:cite[a-z]*|ref|eqref|label|footnote)\b.*", re.DOTALL)
_NAME = re.compile(r"\\([A-Za-z]+)(\s?)")
_LONE = re.compile(r"\$\\([A-Za-z]+)\$")
_SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_POWER = re.compile(r"\^(-?\d{1,3}|n)(?![\w./])")
_INDEX = re.compile(r"(?:(?<=[^\W\d_])|(?<=[‖|)]))_(\d{1,2})(?![\w./])")


@cache
def _converter() -> Any:  # noqa: ANN401 pylatexenc is untyped
    # Imported here: most texts hold no LaTeX.
    import logging

    from pylatexenc.latex2text import LatexNodes2Text

    # It warns on the console of macros without their arguments, which we leave as they are.
    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    return LatexNodes2Text(math_mode="text", keep_comments=True, strict_latex_spaces=False)


def to_unicode(text: str) -> str:
    r"""Give ``text`` with its LaTeX as Unicode: ``Andr\'e``, ``$\beta$-VAE``, ``$O(n^2)$``.

    Only what is LaTeX is touched; what cannot be read as such stays as it is.
    """
    if "\\" not in text and "$" not in text:
        return text
    return squash(_LATEX.sub(_replaced, text))


def _replaced(found: re.Match[str]) -> str:
    source = found.group(0)
    if _SILENT.fullmatch(source):
        return ""
    if len(source) == 2 and source[1] in " ,;:!/":  # noqa: PLR2004 a backslash and a space of LaTeX's
        return "" if source[1] in "!/" else " "
    known = _NAME.sub(_named, source.replace("\\|", "‖")).replace("$$", "$")
    if not known.strip("$ "):
        return ""
    if "\\" not in known and "$" not in known and "{" not in known:
        return known
    try:
        said = str(_converter().latex_to_text(known)).strip()
    except Exception:  # noqa: BLE001 pylatexenc raises what it likes on broken LaTeX
        return source
    if not said:
        lone = _LONE.fullmatch(source)  # a macro of the authors' own: its name says most
        return lone[1] if lone else source
    said = _POWER.sub(lambda power: power[1].translate(_SUPERSCRIPTS), said)
    return _INDEX.sub(lambda index: index[1].translate(_SUBSCRIPTS), said)


def _named(found: re.Match[str]) -> str:
    """Put the sign or the word for a command that the library does not know."""
    name, space = found[1], found[2]
    if name in _SIGNS:
        return _SIGNS[name] + space
    if name in _OPERATORS:
        return name + space
    return "" if name in _SWITCHES else found[0]
