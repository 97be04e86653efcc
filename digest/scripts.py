"""Guesses the language of a title by its script, so that it is read out and set as it should be.

Latin letters serve too many languages to guess among; a text of them is taken for English if it
holds words that hardly any other language has.
"""

from __future__ import annotations

import re

_ENGLISH = re.compile(r"\b(?:the|of|and|for|with|from|by|using|towards?|are|is)\b", re.IGNORECASE)
# By the blocks of Unicode; kana goes before Han, which Japanese has beside it.
_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("ja", re.compile("[\u3040-\u30ff]")),
    ("ko", re.compile("[\u1100-\u11ff\uac00-\ud7af]")),
    ("zh", re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
    ("ar", re.compile("[\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc]")),
    ("he", re.compile("[\u0590-\u05ff]")),
    ("ru", re.compile("[\u0400-\u04ff]")),
    ("el", re.compile("[\u0370-\u03ff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
    ("th", re.compile("[\u0e00-\u0e7f]")),
)
_SYLLABLES = frozenset({"ja", "ko", "zh"})
_RIGHT_TO_LEFT = frozenset({"ar", "he"})
_LETTER = re.compile(r"[^\W\d_]")
_SHARE = 3  # one letter in so many decides
_DENSE = 6  # where a character is a syllable or a word, and titles hold English names


def guess(text: str) -> str:
    """Give the language of a text as HTML's lang has it, or "" where its script does not say."""
    letters = len(_LETTER.findall(text))
    for code, script in _SCRIPTS:
        found = len(script.findall(text))
        if found and found * (_DENSE if code in _SYLLABLES else _SHARE) >= letters:
            return code
    return "en" if _ENGLISH.search(text) else ""


def direction(text: str) -> str:
    """Give the direction a text is written in: ``ltr`` or ``rtl``."""
    return "rtl" if guess(text) in _RIGHT_TO_LEFT else "ltr"
