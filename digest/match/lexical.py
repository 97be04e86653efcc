"""Free text: how near an entry's words are to those of an interest's text and examples.

TF-IDF over the day's entries: words and pairs of neighbours, the title twice, sublinear counts,
the cosine of the angle to the sum of the interest's texts.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from digest.identity import title_key
from digest.match import Matcher, Shares
from digest.model import Evidence, Interest
from digest.pool import Pool, terms, unit
from digest.text import stem, tokens

# The share rises as 1 - exp(-cosine / SCALE) towards MOST: a passage on the subject has a
# cosine of 0.05 to 0.2 with an abstract about it, an unrelated one stays below 0.02.
MOST = 0.9
SCALE = 0.15
LEAST = 0.05
_WORDS_NAMED = 3


def score(interests: Sequence[Interest], pool: Pool) -> list[Shares]:
    """Give each interest the entries whose words are near its own."""
    vectors: dict[tuple[str, ...], dict[str, float]] = {}
    found: list[Shares] = []
    for interest in interests:
        texts = tuple(_texts(interest, pool))
        if texts not in vectors:
            vectors[texts] = _vector(texts, pool)
        cosines: dict[int, float] = {}
        for term, weight in vectors[texts].items():
            for number, other in pool.weights.get(term, ()):
                cosines[number] = cosines.get(number, 0.0) + weight * other
        found.append(
            {number: share for number, c in cosines.items() if (share := _share(c)) >= LEAST}
        )
    return found


def _share(cosine: float) -> float:
    return MOST * (1.0 - math.exp(-cosine / SCALE))


def _texts(interest: Interest, pool: Pool) -> Iterator[str]:
    """Give the interest's own text and what is known of its examples."""
    if interest.text:
        yield interest.text
    for example in interest.examples:
        known = pool.library.get(example.key) or pool.library.get(title_key(example.title))
        if known is not None and not example.summary:
            yield f"{known.title}\n{known.title}\n{known.summary}"
        elif example.title:
            yield f"{example.title}\n{example.title}\n{example.summary}"


def _vector(texts: Sequence[str], pool: Pool) -> dict[str, float]:
    """Add up the unit vectors of the texts."""
    total: dict[str, float] = {}
    for text in texts:
        for term, weight in unit(pool.vector(Counter(terms(text)))).items():
            total[term] = total.get(term, 0.0) + weight
    return unit(total)


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Name the words that bring an entry nearest, as the entry writes them."""
    texts = tuple(_texts(interest, pool))
    if not texts:
        return ()
    wanted = _vector(texts, pool)
    shared = {
        term: wanted[term] * weight
        for term in wanted
        for at, weight in pool.weights.get(term, ())
        if at == number
    }
    share = _share(sum(shared.values()))
    if share < LEAST:
        return ()
    words = _named(sorted(shared, key=lambda term: -shared[term]), pool, number)
    return (
        Evidence(matcher="lexical", reason=f"close to your topic: {', '.join(words)}", score=share),
    )


def _named(ranked: Sequence[str], pool: Pool, number: int) -> list[str]:
    """Give the first few terms in the entry's own spelling, none inside another."""
    entry = pool.entries[number]
    spelled = {stem(token): token for token in reversed(tokens(f"{entry.title} {entry.summary}"))}
    chosen: list[str] = []
    for term in ranked:
        words = [spelled.get(word, word) for word in term.split()]
        phrase = " ".join(words)
        if any(set(words) & set(other.split()) for other in chosen):
            continue
        chosen.append(phrase)
        if len(chosen) == _WORDS_NAMED:
            break
    return chosen


MATCHER = Matcher(name="lexical", score=score, explain=explain)
