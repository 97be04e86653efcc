"""Texts as sparse vectors: TF-IDF over words and pairs of neighbours, as matrix products.

A term goes by the CRC-32 of its spelling, so that no dictionary is kept; among a hundred thousand
terms about one pair shares a number. IDF counts come half-way from the day's entries and from a
broad background (digest/background.json), so that a narrow pool (one telescope's papers, one day's)
does not make its own subject worthless, and a pool of eight entries has statistics at all.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from digest.sparse import Rows
from digest.text import stem, tokens

Floats = NDArray[np.float32]
Ids = NDArray[np.uint32]
Places = NDArray[np.int64]

EDITION = 1  # of the way texts become bags; another one makes those that were kept void
TITLE_COUNTS = 2  # times: a word of the title counts as two of the abstract
PAIR = 0.6  # of what a word as rare weighs
BACKGROUND = 1500  # entries that the background's frequencies stand for
MEAN_BACKGROUND = 200  # entries that its mean stands for
_STOP = frozenset(
    """a about above across after again all also although among an and any approach are as at based
    be because been being between both but by can could demonstrate do does during each
    existing for from further had has have he here high how however i if in into introduce is
    it its itself just like many may method model more most much new no nor not novel of off
    often on one only onto or other our out over own paper per present propose proposed
    provide recent result s same several she show shown significant significantly since so
    some state such than that the their them then there these they this those three through
    thus to too toward two under up upon us use used using various very via was we well were
    what when where whether which while who whom why will with within without work would you
    your""".split()
)


def terms(text: str) -> list[str]:
    """Give the words that carry meaning, without plural, and each pair of neighbours."""
    words = [stem(token) for token in tokens(text)]
    kept = [word for word in words if word not in _STOP and len(word) > 1]
    pairs = [
        f"{one} {other}"
        for one, other in pairwise(words)
        if one not in _STOP and other not in _STOP
    ]
    return kept + pairs


def number(term: str) -> int:
    """Give the number that a term goes by."""
    return crc32(term.encode())


@dataclass(frozen=True, slots=True)
class Bag:
    """The terms of one text: their ``ids``, ascending, and the ``weights`` 1 + ln(count).

    A pair of neighbours weighs ``PAIR`` of that.
    """

    ids: Ids
    weights: Floats


def bag(title: str, body: str = "") -> Bag:
    """Count the terms of a text."""
    counts = Counter(terms(title) * TITLE_COUNTS + terms(body))
    by_id = {number(term): term for term in counts}
    ids = np.fromiter(sorted(by_id), np.uint32, len(by_id))
    ordered = [by_id[at] for at in ids.tolist()]
    found = 1.0 + np.log(np.fromiter(map(counts.__getitem__, ordered), np.float64, len(ordered)))
    found *= [PAIR if " " in term else 1.0 for term in ordered]
    return Bag(ids=ids, weights=np.asarray(found, np.float32))


@dataclass(frozen=True, slots=True)
class Background:
    """In how many of ``documents`` broad entries each of ``ids`` (ascending) occurs.

    ``mean`` is the weight of each in the mean of those entries' unit vectors.
    """

    documents: int
    ids: Ids
    frequencies: Floats
    mean: Floats


@cache
def background() -> Background:
    """Read what ships with the program (benchmarks/background.py made it)."""
    content = json.loads((Path(__file__).parent / "background.json").read_text(encoding="utf-8"))
    rows = sorted((number(word), n, weight) for word, (n, weight) in content["words"].items())
    ids, frequencies, mean = zip(*rows, strict=True)
    return Background(
        documents=content["documents"],
        ids=np.asarray(ids, np.uint32),
        frequencies=np.asarray(frequencies, np.float32),
        mean=np.asarray(mean, np.float32),
    )


class Lexicon:
    """The day's entries as rows of a sparse matrix, kept by term."""

    def __init__(self, bags: Sequence[Bag]) -> None:
        """Index the bags of the entries."""
        self._bags = tuple(bags)
        self.size = len(bags)
        ids, rows, weights = _flat(bags)
        order = np.argsort(ids, kind="stable")
        self._terms, starts = np.unique(ids[order], return_index=True)
        self._starts = np.append(starts, len(order)).astype(np.int64)
        scaled = weights * self.idf(ids)
        lengths = np.sqrt(np.bincount(rows, scaled.astype(np.float64) ** 2, minlength=self.size))
        unit = scaled / np.maximum(lengths, np.finfo(np.float32).tiny)[rows]
        self._weights = np.asarray(unit, np.float32)[order]
        self._by_term = Rows(self._starts, rows[order], self._weights, self.size)

    def idf(self, ids: Ids) -> Floats:
        """Weigh terms by rarity: 0.5 + ln of 1 / the part of entries that hold them.

        The part is (n + B (b + 0.5) / (D + 1)) / (N + B), for n of the day's N entries, b of the
        background's D, which count as B.
        """
        known = background()
        own = _looked_up(self._terms, np.diff(self._starts).astype(np.float32), ids)
        broad = _looked_up(known.ids, known.frequencies, ids)
        held = own + BACKGROUND * (broad + 0.5) / (known.documents + 1)
        part = np.minimum(held / (self.size + BACKGROUND), 1.0)
        return np.asarray(0.5 - np.log(part), np.float32)

    def likeness(self, entry: int, others: Sequence[int]) -> Floats:
        """Give the cosines of an entry with others."""
        ids, weights = self.row(entry)
        found = self.product(ids, np.zeros(len(ids), np.int64), weights, 1)[0]
        return np.asarray(found[list(others)], np.float32)

    def row(self, entry: int) -> tuple[Ids, Floats]:
        """Give an entry's terms, and their weights, of length 1 in all."""
        return self.unit(self._bags[entry])

    def unit(self, of: Bag) -> tuple[Ids, Floats]:
        """Weigh a bag's terms by rarity, to the length 1 in all."""
        scaled = of.weights * self.idf(of.ids)
        length = max(float(np.linalg.norm(scaled)), float(np.finfo(np.float32).tiny))
        return of.ids, np.asarray(scaled / length, np.float32)

    @cached_property
    def common(self) -> Floats:
        """Give each entry's cosine with the mean entry: what it has in common with everything.

        The mean is that of the day's unit vectors and the background's.
        """
        known = background()
        owners = np.repeat(np.arange(len(self._terms)), np.diff(self._starts))
        own = np.bincount(owners, self._weights, len(self._terms)).astype(np.float32)
        ids = np.union1d(self._terms, known.ids)
        total = _looked_up(self._terms, own, ids)
        total += MEAN_BACKGROUND * _looked_up(known.ids, known.mean, ids)
        total /= np.linalg.norm(total)
        found = self.product(ids, np.zeros(len(ids), np.int64), total, 1)
        return np.asarray(found[0], np.float32)

    def product(self, ids: Ids, rows: Places, weights: Floats, count: int) -> Floats:
        """Multiply ``count`` sparse rows with all entries: shape (count, entries).

        The row ``rows[i]`` holds ``weights[i]`` at the term ``ids[i]``.
        """
        at, known = _places(self._terms, ids)
        return self._by_term.weighted(rows[known], at[known], weights[known], count)


def _flat(bags: Iterable[Bag]) -> tuple[Ids, Places, Floats]:
    """Join bags to one list of terms, each with its bag's place and its weight."""
    joined = list(bags)
    if not joined:
        return np.empty(0, np.uint32), np.empty(0, np.int64), np.empty(0, np.float32)
    rows = np.repeat(np.arange(len(joined)), [len(one.ids) for one in joined])
    ids = np.concatenate([one.ids for one in joined])
    return ids, rows, np.concatenate([one.weights for one in joined])


def _places(known: Ids, ids: Ids) -> tuple[Places, NDArray[np.bool_]]:
    """Give where each of ``ids`` stands in ``known`` (ascending), and whether it does."""
    at = np.searchsorted(known, ids)
    inside = np.minimum(at, max(len(known) - 1, 0))
    return inside, (known[inside] == ids) if len(known) else np.zeros(len(ids), np.bool_)


def _looked_up(known: Ids, values: Floats, ids: Ids) -> Floats:
    """Give the value of each of ``ids``; 0 where it is not known."""
    if not len(known):
        return np.zeros(len(ids), np.float32)
    at, found = _places(known, ids)
    return np.where(found, values[at], 0).astype(np.float32)
