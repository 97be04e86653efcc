"""digest.text: plain text out of markup, folding, words, and cutting at words and sentences."""

from __future__ import annotations

import pytest

from digest import text


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("  two \n\t words ", "two words"),
        ("soft\u00adhyphen", "softhyphen"),
        ("zero\u200bwidth", "zerowidth"),
        ("right\u202eto left", "rightto left"),
        ("bell\x07", "bell"),
        ("c1\x9bcontrol", "c1control"),
        ("half \ud800 pair", "half pair"),
        ("no\u00a0break", "no break"),
        ("family \U0001f468\u200d\U0001f469", "family \U0001f468\u200d\U0001f469"),
    ],
)
def test_squash(given: str, expected: str) -> None:
    """Text comes on one line, without characters that nobody sees."""
    assert expected == text.squash(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a < b and c > d", "a < b and c > d"),
        ("$x<y$ holds", "$x<y$ holds"),
        ("<p>One</p><p>two</p>", "One two"),
        ("line<br>break", "line break"),
        ("<b>bold</b>ly", "boldly"),
        ("AT&amp;T", "AT&T"),
        ("caf&eacute; &#233; &#xe9;", "café é é"),
        ("kept<script>alert(1)</script>", "kept"),
        ("kept<style>p{color:red}</style>", "kept"),
        ("<p>if 3 < 4 then</p>", "if 3 < 4 then"),
        ("<p>p &lt; 0.05</p>", "p < 0.05"),
        ("<jats:title>Aim</jats:title><jats:p>To see.</jats:p>", "Aim To see."),
        ("List<int> of ints", "List<int> of ints"),
        ('<img src="x" onerror="alert(1)">seen', "seen"),
        ("before<!-- hidden -->after", "beforeafter"),
        ("R&D; &unknownthing; stays", "R&D; &unknownthing; stays"),
        ("<i>E. coli</i> with $p<0.05$", "E. coli with $p<0.05$"),
        ("if $a<b$ in <i>vivo</i>", "if $a<b$ in vivo"),
        ("<p>$\\alpha<\\beta>c$ holds</p>", "$\\alpha<\\beta>c$ holds"),
        ("from $5 <b>to</b> $6", "from $5 to $6"),
        ("<mml:math><mml:mi>x</mml:mi></mml:math> grows", "x grows"),
        ("if p<q and q>r then", "if p<q and q>r then"),
        ("<p>if p<q and q>r then</p>", "if p<q and q>r then"),
        ("<p>the <think> tag</p>", "the <think> tag"),
        ("<p>List<String> of words", "List<String> of words"),
        ("<video controls src='x'>seen</video>", "seen"),
        ("<br clear=all>seen<BR/>", "seen"),
        ("<a title='x<y' href='u'>seen</a>", "seen"),
        ("<p>cut off <a href='https://loom.exam", "cut off"),
        ("<made-up>seen</made-up> <i>too</i>", "seen too"),
        ("", ""),
    ],
)
def test_plain(given: str, expected: str) -> None:
    """Markup goes, what only looks like it stays."""
    assert expected == text.plain(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<math><mi>E</mi><mo>=</mo><mi>m</mi></math> holds", "E=m holds"),
        ("<p>so <math display='block'><mn>2</mn></math></p>", "so 2"),
        ("<math><mi>E</mi><annotation encoding='tex'>E_0</annotation></math>", "E"),
        ("<mml:math><mml:mi>E</mml:mi><mml:annotation>E_0</mml:annotation></mml:math>", "E"),
        ("<math>is a tag", "is a tag"),
    ],
)
def test_plain_keeps_formulas(given: str, expected: str) -> None:
    """The text of MathML stays; its annotations, which say it again, go."""
    assert expected == text.plain(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Tokens <s> and </s>", "Tokens <s> and </s>"),
        ("if p<q and\n q>r", "if p<q and q>r"),
        ("R&amp;D", "R&D"),
    ],
)
def test_literal(given: str, expected: str) -> None:
    """Plain text holds no tags, whatever it looks like."""
    assert expected == text.literal(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("localizedx2014yet", "localized\u2014yet"),
        ("itx2019s", "it\u2019s"),
        ("0x2014", "0x2014"),
        ("a x2014 b", "a x2014 b"),
        ("maxx2099", "maxx2099"),
    ],
)
def test_repair(given: str, expected: str) -> None:
    """A character reference that lost its marks is put back; other words are left alone."""
    assert expected == text.repair(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Gödel", "godel"),
        ("GODEL", "godel"),
        ("Łukasiewicz", "lukasiewicz"),
        ("Straße", "strasse"),
        ("Ærø", "aero"),
        ("\ufb01ne", "fine"),
    ],
)
def test_fold(given: str, expected: str) -> None:
    """Case and diacritics do not count."""
    assert expected == text.fold(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("Neuro-symbolic AI, today!", ("neuro", "symbolic", "ai", "today")),
        ("C++ and C# code", ("c++", "and", "c#", "code")),
        ("don't", ("dont",)),
        ("don\u2019t", ("dont",)),
        ("深度学习", ("深", "度", "学", "习")),
        ("GPT4 用", ("gpt4", "用")),
        ("snake_case", ("snake", "case")),
        ("?!", ()),
    ],
)
def test_tokens(given: str, expected: tuple[str, ...]) -> None:
    """Words are runs of letters and digits; each CJK character is one."""
    assert expected == text.tokens(given)


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("networks", "network"),
        ("theories", "theory"),
        ("boxes", "box"),
        ("classes", "class"),
        ("searches", "search"),
        ("analysis", "analysis"),
        ("corpus", "corpus"),
        ("loss", "loss"),
        ("gas", "gas"),
        ("model", "model"),
    ],
)
def test_stem(plural: str, singular: str) -> None:
    """A plural loses its ending; words that merely end in s keep it."""
    assert singular == text.stem(plural)


@pytest.mark.parametrize(
    ("given", "most", "expected"),
    [
        ("short", 5, "short"),
        ("one two three", 9, "one two…"),
        ("one, two", 6, "one…"),
        ("unbreakable", 6, "unbre…"),
        ("a verylongword", 8, "a veryl…"),
    ],
)
def test_shorten(given: str, most: int, expected: str) -> None:
    """A cut text ends at a word, with an ellipsis, within its length."""
    assert expected == text.shorten(given, most)


@pytest.mark.parametrize(
    ("given", "most", "expected"),
    [
        ("One here. Two there. Three.", 20, "One here. Two there."),
        ("One here. Two there.", 100, "One here. Two there."),
        ("A longer first sentence. Two.", 12, "A longer…"),
        ("See e.g. this case. Then stop.", 22, "See e.g. this case."),
        ("我们提出。结果很好。", 5, "我们提出。"),
    ],
)
def test_opening(given: str, most: int, expected: str) -> None:
    """An opening is whole sentences, or a cut one where none fits."""
    assert expected == text.opening(given, most)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("graph", "Of graphs. They…"),
        ("are drawn", "…They are drawn by…"),
        ("long", "…they are long."),
        ("missing", ""),
        ("are graph", ""),
    ],
)
def test_around(words: str, expected: str) -> None:
    """Words are shown where they stand first, cut at whole words."""
    value = "Of graphs. They are drawn by hand, and they are long."
    assert expected == text.around(value, words, 24)
