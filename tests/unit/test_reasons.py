"""digest.reasons: evidence said in the reader's language, what matched marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from builders import entry, interest

from digest.compose import TRENDING
from digest.emphasis import NOTHING, Line, Row, bare, plainly
from digest.language import language
from digest.match import rank
from digest.model import Evidence, Profile
from digest.pool import Pool
from digest.portrait import heading
from digest.reasons import told, told_of, why


@pytest.mark.parametrize(
    ("reason", "german", "marked"),
    [
        ("by Ada and Alan, whom you follow", "von Ada und Alan; Sie folgen", ["Ada", "Alan"]),
        ("close to your topic: a, b", "nahe an Ihrem Thema: a, b", ["a, b"]),
        ("near in meaning to your topic", "dem Sinn nach nahe an Ihrem Thema", []),
        ("like “A and B”", "wie „A and B“", []),
        ("in cs.LG and cs.AI", "in cs.LG und cs.AI", ["cs.LG", "cs.AI"]),
        (
            "“x and y” in the title and by Ada",
            "„x und y“ im Titel und von Ada",
            ["x", "y", "Ada"],
        ),
        ("“x” in the abstract", "„x“ in der Zusammenfassung", ["x"]),
        (
            "“x” in the title and in the abstract",
            "„x“ im Titel und in the abstract",
            ["x", "the abstract"],
        ),
        ("1 upvote", "1 Stimme", []),
        ("“ ” in the title", "„“ im Titel", []),
        ("some words of a later version", "some words of a later version", []),
    ],
)
def test_a_reason_is_told(reason: str, german: str, marked: list[str]) -> None:
    """Every form of a reason has its words; what matched is marked; others stay as they are."""
    said = told(reason, language("de"))
    assert (german, marked) == (bare(said), re.findall("<b>(.*?)</b>", said.html))


def test_every_matchers_reasons_are_known() -> None:
    """What the matchers write of an entry is told without a word of English."""
    wanted = interest(
        text="sparse attention",
        keywords=('"sparse attention" AND au:graves', "cat:cs.LG", "NOT pasta", "longer"),
        authors=("Alex Graves",),
        categories=("cs.LG", "cs.CL"),
    )
    found = entry(
        "Sparse attention for texts",
        summary="Longer ones.",
        authors=["Alex Graves"],
        categories=("cs.LG", "cs.CL"),
    )
    evidence = rank([Profile(interests=(wanted,))], Pool([found]))[0].match(0).evidence
    texts = [bare(told(one.reason, language("ar"))) for one in evidence]
    assert [] == [text for text in texts if "whom" in text or " in " in text or "your" in text]


def test_three_reasons_none_twice() -> None:
    """The first three pieces of evidence are given, each once."""
    found = [Evidence(matcher="m", reason=reason, score=0.5) for reason in "aabc"]
    assert "a · b" == bare(why(found, language("en")))


@pytest.mark.parametrize(
    ("reasons", "expected"),
    [
        ("", NOTHING),
        ([""], NOTHING),
        ("a", plainly("a")),
        ("aa", plainly("a")),
        (["", "a"], plainly("a")),
        ([" ", "\t"], NOTHING),
        (["\u200b", "a", "b"], Row(map(plainly, ["a", " · ", "b"]))),
        ("ab", Row(map(plainly, ["a", " · ", "b"]))),
    ],
)
def test_several_reasons_stay_apart(reasons: Sequence[str], expected: Line) -> None:
    """A reason alone is a text; several are a row, so that each is found again elsewhere."""
    found = [Evidence(matcher="m", reason=reason, score=0.5) for reason in reasons]
    assert expected == why(found, language("en"))


def test_followed_authors() -> None:
    """Those whom the evidence of authors names are followed."""
    found = [
        Evidence(matcher="authors", reason="by Ada and Alan, whom you follow", score=0.9),
        Evidence(matcher="keywords", reason="by Grace", score=0.5),
    ]
    assert {"Ada", "Alan"} == told_of(found, language("en"))[0]


@pytest.mark.parametrize("matchers", [["authors"], ["keywords"], ["keywords", "authors"]])
def test_by_followed(matchers: list[str]) -> None:
    """One reason is told as it is among several; the matcher says whether somebody is followed."""
    found = [Evidence(matcher=one, reason="by Ada, whom you follow", score=0.9) for one in matchers]
    words, followed = language("en"), "authors" in matchers
    expected = frozenset({"Ada"} if followed else ()), told(found[0].reason, words), followed
    assert expected == told_of(found, words)


def test_headings_of_ours_are_translated() -> None:
    """A section of ours is named in the reader's language; an interest as its reader named it."""
    words = language("de")
    assert ("Im Gespräch", "Graphs") == (heading(TRENDING, words), heading("Graphs", words))
