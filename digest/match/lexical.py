"""Words: how near an entry's words are to those of an interest's text and examples.

The cosine of TF-IDF vectors (words and pairs of neighbours; Salton and Buckley 1988). The
interest's is the mean of its texts', less a part of the mean entry's (Rocchio 1971), which grows
with the number of texts: the more there are, the better is known what they have not in common
with everything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from digest.lexicon import Floats, Ids
from digest.match import Kind, Matcher, Tell, nothing
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.taste import Taste
from digest.text import stem, tokens

COMMON = 0.5  # of the mean entry that is taken off, at most
COMMON_HALF = 2  # texts at which it is half of that
_WORDS_NAMED = 3
_part = itemgetter(0)
_OWNED = re.compile(r"['\u2019]s\b")


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give the cosine of each interest with each entry: shape (interests, entries)."""
    tastes = [pool.taste(interest) for interest in interests]
    if not any(taste.bags for taste in tastes):
        return np.zeros((len(interests), len(pool.entries)), np.float32)
    vectors = pool.each("vector", interests, lambda new: _vectors(new, pool))
    empty: tuple[Ids, Floats] = np.empty(0, np.uint32), np.empty(0, np.float32)
    found = pool.lexicon.product(
        np.concatenate([empty[0], *(ids for ids, _ in vectors)]),
        np.repeat(np.arange(len(vectors)), [len(ids) for ids, _ in vectors]),
        np.concatenate([empty[1], *(weights for _, weights in vectors)]),
        len(interests),
    )
    return found - np.array([[common(taste)] for taste in tastes], np.float32) * pool.lexicon.common


def common(taste: Taste) -> float:
    """Give the part of the mean entry that is taken off an interest's vector."""
    known = len(taste.bags)
    return COMMON * known / (known + COMMON_HALF)


def vector(taste: Taste, pool: Pool) -> tuple[Ids, Floats]:
    """Give an interest's terms and their weights, of length 1 in all."""
    return _vectors([taste], pool)[0]


def _vectors(tastes: Sequence[Taste], pool: Pool) -> list[tuple[Ids, Floats]]:
    """Give the terms and weights of interests, all worked out together."""
    tiny = np.finfo(np.float32).tiny
    every = [one for taste in tastes for one in taste.bags]
    if not every:
        return [(np.empty(0, np.uint32), np.empty(0, np.float32))] * len(tastes)
    bags = np.repeat(np.arange(len(every)), [len(one.ids) for one in every])
    owners = np.repeat(np.arange(len(tastes)), [len(taste.bags) for taste in tastes])[bags]
    ids = np.concatenate([one.ids for one in every])
    scaled = np.concatenate([one.weights for one in every]) * pool.lexicon.idf(ids)
    lengths = np.sqrt(np.bincount(bags, scaled.astype(np.float64) ** 2, len(every)))
    given = np.concatenate([taste.weights for taste in tastes if taste.bags])
    parts = scaled * (given / np.maximum(lengths, tiny))[bags]
    # An interest's terms lie together, ascending.
    cells, at = np.unique(owners.astype(np.uint64) << np.uint64(32) | ids, return_inverse=True)
    summed = np.bincount(at, parts, len(cells))
    of = (cells >> np.uint64(32)).astype(np.int64)
    whole = np.sqrt(np.bincount(of, summed**2, len(tastes)))
    weights = np.asarray(summed / np.maximum(whole, tiny)[of], np.float32)
    terms = (cells & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    ends = np.cumsum(np.bincount(of, minlength=len(tastes))).tolist()
    return [
        (terms[start:end], weights[start:end])
        for start, end in zip([0, *ends[:-1]], ends, strict=True)
    ]


def explain(interest: Interest, pool: Pool) -> Tell:
    """Name the words that bring an entry nearest, as the entry writes them."""
    wanted = pool.once("lexical", interest, lambda _: _by_id(interest, pool))
    if not wanted:
        return nothing
    less = common(pool.taste(interest))

    def tell(number_: int) -> Sequence[Evidence]:
        entry = pool.kept("lexical", _wording, number_)
        shared = _shared(wanted, entry)
        total = sum([part for part, _ in shared]) - less * entry.common
        if total <= 0:
            return ()
        said = f"close to your topic: {', '.join(_named(shared, entry, pool, number_))}"
        return (Evidence(matcher="lexical", reason=said, score=total),)

    return tell


class _Wording(NamedTuple):
    """An entry's terms with their weights, by number; and its likeness with the mean entry.

    ``written`` has words and spelling of its terms, as far as they were asked for.
    """

    weights: dict[int, float]
    common: float
    written: dict[int, tuple[tuple[str, ...], str]]


def _wording(pool: Pool, number_: int) -> _Wording:
    ids, weights = pool.lexicon.row(number_)
    known = dict(zip(ids.tolist(), weights.tolist(), strict=True))
    return _Wording(known, float(pool.lexicon.common[number_]), {})


def words(interest: Interest, pool: Pool, number_: int) -> dict[str, float]:
    """Give what each term that an entry shares with an interest adds to the cosine, most first."""
    wanted = pool.once("lexical", interest, lambda _: _by_id(interest, pool))
    spelled = pool.terms(number_)
    shared = _shared(wanted, pool.kept("lexical", _wording, number_))
    return {spelled[term]: part for part, term in shared}


def _shared(wanted: Mapping[int, float], entry: _Wording) -> list[tuple[float, int]]:
    """Give what each term of both adds to the cosine, and its number, most first."""
    held = entry.weights
    fewer, others = (wanted, held) if len(wanted) < len(held) else (held, wanted)
    found = [(weight * others[term], term) for term, weight in fewer.items() if term in others]
    found.sort(key=_part, reverse=True)  # which leaves equal ones in their order
    return found


def _by_id(interest: Interest, pool: Pool) -> dict[int, float]:
    """Give an interest's terms with their weights, by number."""
    ids, weights = pool.once("vector", interest, lambda taste: vector(taste, pool))
    return dict(zip(ids.tolist(), weights.tolist(), strict=True))


def _named(
    shared: Sequence[tuple[float, int]], entry: _Wording, pool: Pool, number_: int
) -> list[str]:
    """Give the first few terms in the entry's own spelling, none inside another."""
    known = entry.written
    chosen: list[str] = []
    taken: set[str] = set()
    for part, term in shared:
        if part <= 0:
            break
        if term not in known:
            known[term] = _written(pool, number_, term)
        parts, written = known[term]
        if taken.isdisjoint(parts):
            chosen.append(written)
            if len(chosen) == _WORDS_NAMED:
                break
            taken.update(parts)
    return chosen


def _written(pool: Pool, number_: int, term: int) -> tuple[tuple[str, ...], str]:
    """Give the words of a term in an entry's own spelling, and all of it."""
    spelled = pool.kept("spelled", _spelled, number_)
    parts = tuple([spelled.get(word, word) for word in pool.terms(number_)[term].split()])
    return parts, " ".join(parts)


def _spelled(pool: Pool, number_: int) -> dict[str, str]:
    """Give the first spelling of each of an entry's words, by its stem; "galaxy's" is galaxy."""
    entry = pool.entries[number_]
    text = _OWNED.sub("", f"{entry.title} {entry.summary}")
    return {stem(token): token for token in reversed(tokens(text))}


MATCHER = Matcher(name="lexical", score=score, explain=explain, kind=Kind.LIKENESS)
