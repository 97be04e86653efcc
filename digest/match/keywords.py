"""Keywords: words, phrases and boolean queries; more where they stand in the title."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p

import numpy as np

from digest import query
from digest.match import Floats, Matcher, Tell, nothing
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.query import Phrase
from digest.sparse import summed

IN_TITLE = 0.55
IN_SUMMARY = 0.4


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each interest the entries that hold one of its keywords; several add up."""
    wanted = [tuple(dict.fromkeys(interest.keywords)) for interest in interests]
    known = pool.rows("keywords", {word for words in wanted for word in words}, _missing)
    return 1 - np.exp(summed(wanted, known, len(pool.entries)))


def _missing(keyword: str, pool: Pool) -> tuple[list[int], list[float]]:
    """Give the entries that hold a keyword, with ln(1 - share): shares join by adding these."""
    asked = query.parse(keyword)
    numbers = sorted(pool.find(asked))
    titled = pool.kept("titled", _titled, asked)
    shares = [IN_TITLE if number in titled else IN_SUMMARY for number in numbers]
    return numbers, [log1p(-share) for share in shares]


def _titled(pool: Pool, asked: query.Query) -> set[int]:
    """Give the entries whose title holds one of a query's phrases."""
    return {
        number
        for phrase in query.phrases(asked)
        if phrase.field in {"", "ti"}
        for number, places in pool.places(phrase).items()
        if pool.in_title(number, places)
    }


def explain(interest: Interest, pool: Pool) -> Tell:
    """Name each keyword that holds, and where it stands."""
    words = [
        (keyword, held)
        for keyword in dict.fromkeys(interest.keywords)
        if (held := pool.find(query.parse(keyword)))
    ]
    if not words:
        return nothing

    def tell(number: int) -> Sequence[Evidence]:
        return [
            pool.kept("keywords", _evidence, keyword, number)
            for keyword, held in words
            if number in held
        ]

    return tell


def _evidence(pool: Pool, keyword: str, number: int) -> Evidence:
    """Say where a keyword stands in an entry that it holds for."""
    asked = query.parse(keyword)
    titled = number in pool.kept("titled", _titled, asked)
    return Evidence(
        matcher="keywords",
        reason=_reason(asked, pool, number),
        score=IN_TITLE if titled else IN_SUMMARY,
    )


def _reason(asked: query.Query, pool: Pool, number: int) -> str:
    """Say which phrases of the query the entry holds, and where."""
    said = [
        _where(phrase, pool, number)
        for phrase in dict.fromkeys(query.phrases(asked))
        if number in pool.find(phrase)
    ]
    if said:
        return " and ".join(said)
    ruled_out = query.phrases(asked, negated=True)
    if any(number in pool.find(phrase) for phrase in ruled_out):
        return "holds not all of the words you ruled out"
    return "holds none of the words you ruled out"


def _where(phrase: Phrase, pool: Pool, number: int) -> str:
    if phrase.field == "au":
        return f"by {pool.by_author(phrase.text.rstrip('*'))[number]}"
    if phrase.field == "cat":
        return f"in {phrase.text}"
    titled = pool.in_title(number, pool.places(phrase)[number])
    said = phrase.text.rstrip("*") + ("…" if phrase.prefix else "")
    return f"“{said}” in the {'title' if titled else 'abstract'}"


MATCHER = Matcher(name="keywords", score=score, explain=explain)
