"""digest.pool: which entries a query holds for, and how words are weighed."""

from __future__ import annotations

import math

import pytest
from builders import entry

from digest.pool import Pool, background, terms, unit
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Graph networks", ["graph", "network", "graph network"]),
        ("The model of graphs", ["graph"]),
        ("x rays", ["ray", "x ray"]),
        ("", []),
    ],
)
def test_terms(text: str, expected: list[str]) -> None:
    """Terms are words with a meaning, in the singular, and pairs of neighbours."""
    assert expected == terms(text)


def test_idf() -> None:
    """A term that fewer entries hold weighs more: Robertson's formula over pool and background."""
    pool = Pool(ENTRIES)
    number, known = background()
    parts = [known.get(t, 0) / number + own / 3 for t, own in (("synthesis", 2), ("zzz", 0))]
    expected = [math.log(1 + (400 - 200 * n + 0.5) / (200 * n + 0.5)) for n in parts]
    assert expected == pytest.approx([pool.idf(term) for term in ("synthesis", "zzz")])


def test_weights_are_of_unit_length() -> None:
    """The weights of an entry's single words make a vector of length one."""
    squares = dict.fromkeys(range(len(ENTRIES)), 0.0)
    for term, rows in Pool(ENTRIES).weights.items():
        for number, weight in rows.items():
            squares[number] += weight * weight if " " not in term else 0.0
    assert {0: 1.0, 1: 1.0, 2: 1.0} == pytest.approx(squares)


def test_title_counts_twice() -> None:
    """A word of the title weighs as much as one that the summary holds twice."""
    full = Pool([entry("alpha", summary="beta gamma beta")]).saturated
    assert full["alpha"] == full["beta"] != full["gamma"]


@pytest.mark.parametrize(
    ("vector", "expected"),
    [({"a": 3.0, "b": 4.0}, {"a": 0.6, "b": 0.8}), ({"a": 0.0}, {"a": 0.0}), ({}, {})],
)
def test_unit(vector: dict[str, float], expected: dict[str, float]) -> None:
    """A vector is scaled to length one; one without length stays."""
    assert expected == pytest.approx(unit(vector))


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
