"""Feedback: doubt where an entry is near to one that the reader did not want.

What was liked is an example, and found by words and meaning. A counterexample takes the more of
the score the nearer it is, from a likeness on that papers of one subject have anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from digest.lexicon import bag
from digest.match import Floats, Kind, Matcher, Tell, nothing
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.taste import Text, against
from digest.text import shorten

MOST = 0.8  # of the score that a counterexample takes, at the likeness FULL
NONE, FULL = 0.25, 0.75  # cosines by meaning from which on, and up to which, doubt grows
WORDS_NONE, WORDS_FULL = 0.15, 0.6  # the same by words, without a language model
_TITLE_MOST = 60


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give the part of each score that is to go."""
    found = np.zeros((len(interests), len(pool.entries)), np.float32)
    for row, interest in enumerate(interests):
        near = _near(interest, pool)
        if near.texts:
            found[row] = _doubt(near.cosines.max(0), pool)
    return found


class _Near(NamedTuple):
    """Counterexamples, and their cosines with all entries, shape (texts, entries)."""

    texts: tuple[Text, ...]
    cosines: Floats


def _near(interest: Interest, pool: Pool) -> _Near:
    texts = against(interest, pool.library)
    if not texts:
        return _Near((), np.zeros((0, len(pool.entries)), np.float32))
    if pool.space is not None:
        vectors = pool.space.of([text.wording for text in texts])
        return _Near(texts, vectors @ pool.space.entries.T)
    rows = [pool.lexicon.unit(bag(text.title, text.summary)) for text in texts]
    owners = np.repeat(np.arange(len(rows)), [len(ids) for ids, _ in rows])
    ids, weights = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    return _Near(texts, pool.lexicon.product(ids, owners, weights, len(rows)))


def _doubt(cosines: Floats, pool: Pool) -> Floats:
    low, high = (NONE, FULL) if pool.space is not None else (WORDS_NONE, WORDS_FULL)
    return np.asarray(MOST * np.clip((cosines - low) / (high - low), 0, 1), np.float32)


def explain(interest: Interest, pool: Pool) -> Tell:
    """Name the counterexample that an entry is nearest to; its evidence carries the doubt."""
    near = _near(interest, pool)
    if not near.texts:
        return nothing

    def tell(number: int) -> Sequence[Evidence]:
        nearest = int(near.cosines[:, number].argmax())
        doubt = float(_doubt(near.cosines[nearest, [number]], pool)[0])
        if not doubt:
            return ()
        title = shorten(near.texts[nearest].title, _TITLE_MOST)
        said = f"like “{title}”, which you did not want"
        return (Evidence(matcher="feedback", reason=said, score=doubt),)

    return tell


MATCHER = Matcher(name="feedback", score=score, explain=explain, kind=Kind.DOUBT)
