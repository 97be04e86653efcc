"""digest.scripts: the language of a title, by its script."""

from __future__ import annotations

import pytest

from digest.scripts import direction, guess


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sparse attention for books", "en"),
        ("Épreuve", ""),
        ("注意力 with BERT", "zh"),
        ("大規模言語モデルの評価", "ja"),
        ("한국어 모델", "ko"),
        ("الانتباه المتناثر", "ar"),
        ("תשומת לב", "he"),
        ("Разреженное внимание", "ru"),
        ("A survey of the symbol 注", "en"),
        ("", ""),
    ],
)
def test_a_script_names_a_language(text: str, expected: str) -> None:
    """A third of the letters decides; Latin ones only where an English word stands among them."""
    assert expected == guess(text)


@pytest.mark.parametrize(("text", "expected"), [("الانتباه", "rtl"), ("attention", "ltr")])
def test_direction(text: str, expected: str) -> None:
    """Arabic and Hebrew run right to left."""
    assert expected == direction(text)
