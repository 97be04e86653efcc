"""digest.query: the language of keywords and searches."""

from __future__ import annotations

import pytest

from digest.errors import QueryError
from digest.query import And, Not, Or, Phrase, Query, parse, phrases


def word(text: str) -> Phrase:
    """Make the phrase of one word, or of the beginning of one."""
    return Phrase((text.rstrip("*"),), prefix=text.endswith("*"), text=text)


QUOTED = Phrase(("program", "synthesis"), text="program synthesis", quoted=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Transformer", Phrase(("transformer",), text="Transformer")),
        ("program synthesis", Phrase(("program", "synthesis"), text="program synthesis")),
        ('"program synthesis"', QUOTED),
        ("“program synthesis”", QUOTED),
        ("neuro-symbolic", Phrase(("neuro", "symbolic"), text="neuro-symbolic")),
        ("reason*", word("reason*")),
        ("a OR b", Or((word("a"), word("b")))),
        ("a AND b AND c", And((word("a"), word("b"), word("c")))),
        ("NOT a", Not(word("a"))),
        ("a OR b AND c", Or((word("a"), And((word("b"), word("c")))))),
        ("(a OR b) AND c", And((Or((word("a"), word("b"))), word("c")))),
        ("NOT a AND b", And((Not(word("a")), word("b")))),
        ("NOT (a AND b)", Not(And((word("a"), word("b"))))),
        ("and or not", Phrase(("and", "or", "not"), text="and or not")),
        ("ti:pruning", Phrase(("pruning",), field="ti", text="pruning")),
        ("TITLE: pruning", Phrase(("pruning",), field="ti", text="pruning")),
        ('au:"Alex Graves"', Phrase(("alex", "graves"), False, "au", "Alex Graves", True)),
        ("cat:cs.CV", Phrase(("cs.cv",), field="cat", text="cs.CV")),
        (
            "abs:(a OR b*)",
            Or((Phrase(("a",), False, "abs", "a"), Phrase(("b",), True, "abs", "b*"))),
        ),
        ("ANDROID", Phrase(("android",), text="ANDROID")),
        ("C++", Phrase(("c++",), text="C++")),
    ],
)
def test_parse(text: str, expected: Query) -> None:
    """NOT binds before AND, AND before OR; words in a row are a phrase."""
    assert expected == parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "an empty text matches nothing; write a word or a phrase"),
        (" \n", "an empty text matches nothing; write a word or a phrase"),
        ("x" * 1001, "1,001 characters are too long; write at most 1,000"),
        ('"open', 'a quotation mark is not closed; write "like this"'),
        ("(a OR b", "a parenthesis is not closed, or closes nothing"),
        ("a)", "a parenthesis is not closed, or closes nothing"),
        ("a AND", "something must follow AND, OR, NOT or a field's colon"),
        ("ti:", "something must follow AND, OR, NOT or a field's colon"),
        ("AND a", "something must stand before AND"),
        ('a "b"', 'write AND or OR before "b"'),
        ("?!", '"?!" holds no word to look for'),
        ("*", '"*" holds no word to look for'),
        ("re*son", '"re*son" has a * inside; a * may only end the last word'),
        ("a OR re*son", '"re*son" has a * inside; a * may only end the last word'),
    ],
)
def test_mistakes(text: str, said: str) -> None:
    """What cannot be read is refused in words of the one who wrote it."""
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert said == str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a AND (b OR c) AND NOT d", [word("a"), word("b"), word("c")]),
        ("NOT a", []),
        ("NOT NOT a", [word("a")]),
        ("NOT (NOT a AND b)", [word("a")]),
        ("a", [word("a")]),
    ],
)
def test_phrases(text: str, expected: list[Phrase]) -> None:
    """The phrases that speak for a query are those not ruled out by it."""
    assert expected == list(phrases(parse(text)))
