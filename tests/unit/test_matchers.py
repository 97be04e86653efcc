"""digest.match: what each matcher finds, and what it says of it."""

from __future__ import annotations

import numpy as np
import pytest
from builders import entry, interest

from digest.match import Floats, authors, categories, keywords, lexical
from digest.model import Evidence, Example
from digest.pool import Pool

POOL = Pool(
    (
        entry(
            "Pruning of networks",
            summary="We prune transformers.",
            authors=["A. Graves"],
            categories=("cs.LG",),
            source="one",
        ),
        entry(
            "Tree search",
            summary="Pruning helps to plan.",
            authors=["Ada Lovelace"],
            categories=("cs.AI", "stat.ML"),
            source="two",
        ),
        entry("Cooking pasta", summary="Boil water.", source="two"),
    )
)
TITLE, SUMMARY = keywords.IN_TITLE, keywords.IN_SUMMARY


def found(scores: Floats) -> dict[int, float]:
    """Give what the only interest finds: the entries with their shares, to six decimals."""
    (row,) = scores
    return {number: round(float(share), 6) for number, share in enumerate(row) if share}


def near(scores: Floats) -> set[int]:
    """Give the entries that the only interest's words are nearer to than to everything."""
    (row,) = scores
    return {int(number) for number in np.flatnonzero(row > 0)}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (("pruning",), {0: TITLE, 1: SUMMARY}),
        (("transformer",), {0: SUMMARY}),
        (("pruning", "pruning"), {0: TITLE, 1: SUMMARY}),
        (("pruning", "transformer"), {0: 1 - (1 - TITLE) * (1 - SUMMARY), 1: SUMMARY}),
        (("ti:pruning",), {0: TITLE}),
        (("abs:pruning",), {1: SUMMARY}),
        (("pruning AND plan",), {1: SUMMARY}),
        (("missing",), {}),
        ((), {}),
    ],
)
def test_keywords(asked: tuple[str, ...], expected: dict[int, float]) -> None:
    """A keyword in the title weighs more; several add up without passing one."""
    assert pytest.approx(expected) == found(keywords.score([interest(keywords=asked)], POOL))


@pytest.mark.parametrize(
    ("keyword", "number", "reason"),
    [
        ("pruning", 0, "“pruning” in the title"),
        ("pruning", 1, "“pruning” in the abstract"),
        ("pruning OR transformers", 0, "“pruning” in the title and “transformers” in the abstract"),
        ("au:Graves AND cat:cs.LG", 0, "by A. Graves and in cs.LG"),
        ("NOT pruning", 2, "holds none of the words you ruled out"),
        ("NOT NOT pruning", 0, "“pruning” in the title"),
        ("NOT (pruning AND pasta)", 0, "holds not all of the words you ruled out"),
        ("search AND NOT pasta", 1, "“search” in the title"),
    ],
)
def test_keyword_reasons(keyword: str, number: int, reason: str) -> None:
    """A keyword's evidence names the phrases that hold, and where."""
    (said,) = keywords.explain(interest(keywords=(keyword,)), POOL)(number)
    assert ("keywords", reason) == (said.matcher, said.reason)


def test_keyword_of_an_author_is_not_in_the_title() -> None:
    """A name asked for as an author weighs the same, whatever words the title holds."""
    pool = Pool([entry("Graves of kings", authors=["Alex Graves"])])
    assert {0: SUMMARY} == found(keywords.score([interest(keywords=("au:Graves",))], pool))


def test_keywords_that_miss_are_not_explained() -> None:
    """A keyword that an entry does not hold is no evidence."""
    assert [] == list(keywords.explain(interest(keywords=("pasta",)), POOL)(0))


def test_authors() -> None:
    """An entry by a followed author is found, however the name is spelled."""
    wanted = interest(authors=("Graves, Alex", "Nobody"))
    assert {0: authors.FOLLOWED} == found(authors.score([wanted], POOL))


def test_author_reasons() -> None:
    """The evidence names the followed authors as the entry spells them."""
    pool = Pool([entry(authors=["A. Graves", "Ada Lovelace"])])
    wanted = interest(authors=("Alex Graves", "Graves", "Ada Lovelace"))
    said = Evidence(
        matcher="authors",
        reason="by A. Graves and Ada Lovelace, whom you follow",
        score=authors.FOLLOWED,
    )
    assert (said,) == authors.explain(wanted, pool)(0)


@pytest.mark.parametrize(
    ("more", "share"),
    [({}, categories.ALONE), ({"keywords": ("x",)}, categories.BESIDE), ({"text": "x"}, 0.1)],
)
def test_categories(more: dict[str, object], share: float) -> None:
    """A category is the criterion where an interest says no more, else a nudge."""
    wanted = interest(categories=("cs", "stat.ML"), **more)
    assert {0: share, 1: share} == found(categories.score([wanted], POOL))


def test_category_reasons() -> None:
    """All categories that an entry shares with an interest make one finding."""
    wanted = interest(categories=("cs.AI", "stat.ML", "math"))
    said = Evidence(matcher="categories", reason="in cs.AI and stat.ML", score=categories.ALONE)
    assert (said,) == categories.explain(wanted, POOL)(1)


def test_lexical_finds_the_nearest_most() -> None:
    """Text about one entry finds that one and no unrelated one."""
    assert {2} == near(lexical.score([interest(text="boil pasta in hot water")], POOL))


def test_lexical_likeness_of_an_equal() -> None:
    """An entry that equals an example has the cosine one, less a part of the mean entry's."""
    pool = Pool([entry("alpha"), entry("gamma")])
    common = lexical.COMMON / (1 + lexical.COMMON_HALF) * pool.lexicon.common
    expected = [[1 - common[0], -common[1]]]
    wanted = interest(examples=(Example(title="alpha"),))
    assert pytest.approx(np.array(expected)) == lexical.score([wanted], pool)


def test_lexical_without_texts() -> None:
    """An interest that says nothing in words is like no entry, whatever stands beside it."""
    silent = interest(keywords=("pruning",))
    assert [0.0, 0.0, 0.0] == lexical.score([silent], POOL)[0].tolist()
    assert [0.0, 0.0, 0.0] == lexical.score([interest(text="pasta"), silent], POOL)[1].tolist()


@pytest.mark.parametrize(
    "example",
    [
        Example(key="arxiv:2401.00001"),
        Example(title="Far away THINGS"),
        Example(title="x", summary="Cooking pasta."),
    ],
)
def test_lexical_examples(example: Example) -> None:
    """An example counts by what the library knows of it, else by its own words."""
    known = entry("Far away things", arxiv="2401.00001", summary="Cooking pasta in water.")
    pool = Pool(POOL.entries, {"arxiv:2401.00001": known, "far away things": known})
    assert {2} == near(lexical.score([interest(examples=(example,))], pool))


def test_lexical_example_with_its_own_abstract() -> None:
    """An abstract that the reader gives is taken before what the library knows."""
    known = entry("Far away things", arxiv="2401.00001", summary="Cooking pasta in water.")
    pool = Pool(POOL.entries, {"arxiv:2401.00001": known})
    given = Example(key="arxiv:2401.00001", title="x", summary="Search of a tree.")
    assert {1} == near(lexical.score([interest(examples=(given,))], pool))


def test_lexical_reasons() -> None:
    """The evidence names the nearest words as the entry writes them."""
    wanted = interest(text="a network that prunes")
    (said,) = lexical.explain(wanted, POOL)(0)
    assert "close to your topic: prune, networks" == said.reason


@pytest.mark.parametrize("mark", ["'", "\u2019"])
def test_lexical_reasons_know_whose(mark: str) -> None:
    """A word with a possessive is named without it."""
    pool = Pool([entry(f"The galaxy{mark}s outskirts"), entry("Cooking pasta")])
    (said,) = lexical.explain(interest(text="galaxies"), pool)(0)
    assert "close to your topic: galaxy" == said.reason


@pytest.mark.parametrize("number", range(3))
def test_lexical_evidence_carries_the_likeness(number: int) -> None:
    """What is explained is what was scored, if it speaks for the entry; else nothing is said."""
    wanted = interest(
        text="pruning networks and search; boiling", examples=(Example(title="Networks"),)
    )
    scored = float(lexical.score([wanted], POOL)[0, number])
    expected = [pytest.approx(scored, abs=1e-6)] if scored > 0 else []
    assert expected == [said.score for said in lexical.explain(wanted, POOL)(number)]
