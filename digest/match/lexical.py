"""Free text: how near an entry's words are to those of an interest's text and examples.

Two measures, of which the better counts. *Covering*, for a text: which part of the text's weight
the entry holds, whatever its own length; words weigh by their rarity. *Likeness*, for text
and examples together: the cosine of TF-IDF vectors (words and pairs of neighbours, the title twice,
sublinear counts).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from digest.identity import title_key
from digest.match import Matcher, Shares
from digest.model import Evidence, Interest
from digest.pool import Pool, terms, unit
from digest.text import stem, tokens

# Either share rises as MOST (1 - exp(-x / scale)). A text is covered wholly by as much weight as
# its four weightiest words have, so that a long one need not be repeated word for word.
MOST = 0.9
LIKENESS_SCALE = 0.22
COVERING_SCALE = 0.5
LEAST = 0.05
_WORDS_ENOUGH = 4
_WORDS_NAMED = 3
_NOWHERE: Mapping[int, float] = {}


def score(interests: Sequence[Interest], pool: Pool) -> list[Shares]:
    """Give each interest the entries whose words are near its own."""
    known: dict[tuple[str, ...], Shares] = {}
    found: list[Shares] = []
    for interest in interests:
        texts = (interest.text, *_examples(interest, pool))
        if texts not in known:
            known[texts] = _shares(interest.text, texts, pool)
        found.append(known[texts])
    return found


def _shares(text: str, texts: Sequence[str], pool: Pool) -> Shares:
    likenesses = _summed(_vector(texts, pool), pool.weights)
    covered = _summed(_covering(text, pool), pool.saturated)
    shares = {n: _risen(cosine, LIKENESS_SCALE) for n, cosine in likenesses.items()}
    for number, part in covered.items():
        shares[number] = max(shares.get(number, 0.0), _risen(part, COVERING_SCALE))
    return {number: share for number, share in shares.items() if share >= LEAST}


def _summed(
    wanted: Mapping[str, float], index: Mapping[str, Mapping[int, float]]
) -> dict[int, float]:
    """Multiply a sparse vector with the pool's index."""
    total: dict[int, float] = {}
    for term, weight in wanted.items():
        for number, other in index.get(term, _NOWHERE).items():
            total[number] = total.get(number, 0.0) + weight * other
    return total


def _risen(value: float, scale: float) -> float:
    return MOST * (1.0 - math.exp(-value / scale))


def _covering(text: str, pool: Pool) -> dict[str, float]:
    """Weigh a text's words by rarity (idf^1.5), so that the four weightiest make 1."""
    weights = {
        term: pool.idf(term) ** 1.5 for term in dict.fromkeys(terms(text)) if " " not in term
    }
    enough = sum(sorted(weights.values(), reverse=True)[:_WORDS_ENOUGH]) or 1.0
    return {term: weight / enough for term, weight in weights.items()}


def _examples(interest: Interest, pool: Pool) -> Iterator[str]:
    """Give what is known of the interest's examples."""
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
    wanted = _vector((interest.text, *_examples(interest, pool)), pool)
    shared = _of_entry(wanted, pool.weights, number)
    covered = _of_entry(_covering(interest.text, pool), pool.saturated, number)
    share = max(
        _risen(sum(shared.values()), LIKENESS_SCALE),
        _risen(sum(covered.values()), COVERING_SCALE),
    )
    if share < LEAST:
        return ()
    words = _named(sorted(shared, key=lambda term: -shared[term]), pool, number)
    return (
        Evidence(matcher="lexical", reason=f"close to your topic: {', '.join(words)}", score=share),
    )


def _of_entry(
    wanted: Mapping[str, float], index: Mapping[str, Mapping[int, float]], number: int
) -> dict[str, float]:
    """Give what each wanted term adds for one entry, without a look at the others."""
    found = {t: weight * index.get(t, _NOWHERE).get(number, 0.0) for t, weight in wanted.items()}
    return {term: part for term, part in found.items() if part}


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
