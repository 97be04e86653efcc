"""digest.lexicon: texts as vectors of their words."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest

from digest.lexicon import (
    BACKGROUND,
    MEAN_BACKGROUND,
    PAIR,
    Lexicon,
    background,
    bag,
    number,
    terms,
)

TEXTS = (
    ("Pruning networks", "We prune networks of graphs."),
    ("Graph search", "Searching a graph, searching trees."),
    ("Cooking pasta", ""),
)
LEXICON = Lexicon([bag(title, body) for title, body in TEXTS])


def weights(title: str, body: str = "") -> dict[int, float]:
    """Give the terms of a bag with their weights."""
    found = bag(title, body)
    return dict(zip(found.ids.tolist(), found.weights.tolist(), strict=True))


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


@pytest.mark.parametrize("term", ["graph", "network", "pasta", "zzz"])
def test_idf(term: str) -> None:
    """A term weighs by the part of entries that hold it, the background's counted in."""
    known = background()
    own = sum(term in terms(f"{title}. {body}") for title, body in TEXTS)
    listed = dict(zip(known.ids.tolist(), known.frequencies.tolist(), strict=True))
    broad = (listed.get(number(term), 0) + 0.5) / (known.documents + 1)
    part = (own + BACKGROUND * broad) / (len(TEXTS) + BACKGROUND)
    (found,) = LEXICON.idf(np.array([number(term)], np.uint32))
    assert pytest.approx(0.5 - log(part), rel=1e-5) == found


def test_the_rarer_weighs_more() -> None:
    """Of terms that are as rare in the world, the one that fewer entries of the day hold."""
    lexicon = Lexicon([bag(title) for title in ("qqa qqb", "qqa", "qqa")])
    common, rare = lexicon.idf(np.array([number("qqa"), number("qqb")], np.uint32))
    assert rare > common


@pytest.mark.parametrize("entry", range(len(TEXTS)))
def test_rows_are_of_unit_length(entry: int) -> None:
    """An entry's weights make a vector of length one, which is wholly like itself."""
    _, found = LEXICON.row(entry)
    (same,) = LEXICON.likeness(entry, [entry])
    assert [1, 1] == pytest.approx([float(np.linalg.norm(found)), float(same)])


def test_text_without_words_is_like_nothing() -> None:
    """An entry that holds no term has no direction, not even its own."""
    lexicon = Lexicon([bag("The of"), bag("Graphs")])
    assert [0.0, 0.0] == lexicon.likeness(0, [0, 1]).tolist()


def test_title_counts_twice() -> None:
    """A word of the title weighs as much as one that the abstract holds twice."""
    found = weights("alpha", "beta gamma beta")
    assert found[number("alpha")] == found[number("beta")] != found[number("gamma")]


def test_pairs_weigh_less() -> None:
    """A pair of neighbours weighs a part of what a word as frequent does."""
    found = weights("alpha beta")
    assert pytest.approx(PAIR * found[number("alpha")]) == found[number("alpha beta")]


def test_likeness_is_the_cosine() -> None:
    """The likeness of two entries is the product of their weights over the terms they share."""
    one, other = (dict(zip(*map(list, LEXICON.row(at)), strict=True)) for at in (0, 1))
    expected = sum(weight * other[term] for term, weight in one.items() if term in other)
    (found,) = LEXICON.likeness(0, [1])
    assert (True, pytest.approx(expected, rel=1e-5)) == (found > 0, found)


def test_common_is_the_cosine_with_the_mean() -> None:
    """What an entry has in common with everything: its cosine with the day's and the world's."""
    known = background()
    mean = {
        term: MEAN_BACKGROUND * weight
        for term, weight in zip(known.ids.tolist(), known.mean.tolist(), strict=True)
    }
    rows = [dict(zip(*map(np.ndarray.tolist, LEXICON.row(at)), strict=True)) for at in range(3)]
    for row in rows:
        for term, weight in row.items():
            mean[term] = mean.get(term, 0.0) + weight
    length = sqrt(sum(weight * weight for weight in mean.values()))
    expected = [sum(weight * mean[term] for term, weight in row.items()) / length for row in rows]
    assert pytest.approx(expected, rel=1e-4) == LEXICON.common.tolist()


def test_background_is_in_order() -> None:
    """The words that ship with the program can be looked up: their numbers ascend."""
    known = background()
    assert (True, True) == (
        bool((np.diff(known.ids.astype(np.int64)) > 0).all()),
        known.documents > 0,
    )


def test_lexicon_of_no_entries() -> None:
    """A day without entries has statistics, and no likeness to anything."""
    empty = Lexicon([])
    (rarity,) = empty.idf(np.array([number("graph")], np.uint32))
    assert (True, (0,)) == (rarity > 0, empty.common.shape)
