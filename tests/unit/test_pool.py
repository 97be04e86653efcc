"""digest.pool: which entries a query holds for, and what examples may name."""

from __future__ import annotations

import pytest
from builders import entry

from digest.pool import Pool
from digest.query import Phrase, parse

ENTRIES = (
    entry(
        "Neuro-symbolic program synthesis",
        summary="We search over programs. Reasoning is learned.",
        authors=["Alex Graves", "Ada Lovelace"],
        categories=("cs.LG", "cs.AI"),
    ),
    entry(
        "Pruning networks",
        summary="Knowledge graphs, synthesis of programs; a reasoned survey.",
        authors=["A. Graves"],
        categories=("stat.ML",),
    ),
    entry("Neurosymbolic agents", summary="", categories=("cs.LGX",)),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("synthesis", {0, 1}),
        ("program synthesis", {0}),
        ("synthesis program", set()),
        ("synthesis we", set()),
        ("program", {0, 1}),
        ("neurosymbolic", {0, 2}),
        ("neuro-symbolic", {0, 2}),
        ("neuro symbolic", {0}),
        ("neurosymbolic program", set()),
        ("neuro-symbolic program", {0}),
        ("neuro*", {0, 2}),
        ("reason*", {0, 1}),
        ("reason", set()),
        ("ti:synthesis", {0}),
        ("abs:synthesis", {1}),
        ("ti:survey", set()),
        ("au:Graves", {0, 1}),
        ('au:"Ada Lovelace"', {0}),
        ('au:"Graves, Alex"', {0, 1}),
        ("cat:cs.LG", {0}),
        ("cat:cs", {0, 2}),
        ("cat:CS.lg*", {0, 2}),
        ("cat:stat", {1}),
        ("NOT synthesis", {2}),
        ("synthesis AND NOT pruning", {0}),
        ("pruning OR agents", {1, 2}),
        ('"knowledge graph" AND reason*', {1}),
        ("PRUNING", {1}),
        ("missing", set()),
    ],
)
def test_find(query: str, expected: set[int]) -> None:
    """A query holds for exactly the entries that its words, fields and signs describe."""
    assert expected == Pool(ENTRIES).find(parse(query))


def test_by_author_gives_the_spelling() -> None:
    """Entries by a person come with the name as each one spells it."""
    assert {0: "Alex Graves", 1: "A. Graves"} == Pool(ENTRIES).by_author("Graves, Alex")


def test_in_title() -> None:
    """A place belongs to the title if it lies before the title's end."""
    pool = Pool(ENTRIES)
    places = pool.places(Phrase(("synthesis",)))
    assert {0: True, 1: False} == {at: pool.in_title(at, places[at]) for at in places}


def test_library_holds_the_pool_and_what_is_given() -> None:
    """Examples are found by key and title, in the pool and beyond it."""
    inside, outside = entry("Inside", arxiv="2401.00001"), entry("Outside")
    pool = Pool([inside], {"arxiv:2401.00002": outside})
    expected = {
        "arxiv:2401.00001": inside,
        "title:inside": inside,
        "inside": inside,
        "arxiv:2401.00002": outside,
    }
    assert expected == pool.library
