"""Keywords: words, phrases and boolean queries; more where they stand in the title."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from digest import query
from digest.match import Floats, Matcher
from digest.model import Evidence, Interest
from digest.pool import Pool
from digest.query import Phrase

IN_TITLE = 0.55
IN_SUMMARY = 0.4


def score(interests: Sequence[Interest], pool: Pool) -> Floats:
    """Give each interest the entries that hold one of its keywords; several add up."""
    missing = np.ones((len(interests), len(pool.entries)), np.float32)
    known: dict[str, tuple[list[int], Floats]] = {}
    for row, interest in enumerate(interests):
        for keyword in dict.fromkeys(interest.keywords):
            if keyword not in known:
                shares = _shares(keyword, pool)
                known[keyword] = list(shares), np.array(list(shares.values()), np.float32)
            numbers, found = known[keyword]
            missing[row, numbers] *= 1 - found
    return 1 - missing


def _shares(keyword: str, pool: Pool) -> dict[int, float]:
    asked = query.parse(keyword)
    return {
        number: IN_TITLE if _in_title(asked, pool, number) else IN_SUMMARY
        for number in pool.find(asked)
    }


def _in_title(asked: query.Query, pool: Pool, number: int) -> bool:
    return any(
        pool.in_title(number, pool.places(phrase).get(number, ()))
        for phrase in query.phrases(asked)
        if phrase.field in {"", "ti"}
    )


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Name each keyword that holds, and where it stands."""
    found: list[Evidence] = []
    for keyword in dict.fromkeys(interest.keywords):
        asked = query.parse(keyword)
        if number not in pool.find(asked):
            continue
        titled = _in_title(asked, pool, number)
        found.append(
            Evidence(
                matcher="keywords",
                reason=_reason(asked, pool, number),
                score=IN_TITLE if titled else IN_SUMMARY,
            )
        )
    return tuple(found)


def _reason(asked: query.Query, pool: Pool, number: int) -> str:
    """Say which phrases of the query the entry holds, and where."""
    said = [
        _where(phrase, pool, number)
        for phrase in dict.fromkeys(query.phrases(asked))
        if number in pool.find(phrase)
    ]
    return " and ".join(said) or "holds none of the words you ruled out"


def _where(phrase: Phrase, pool: Pool, number: int) -> str:
    if phrase.field == "au":
        return f"by {pool.by_author(phrase.text.rstrip('*'))[number]}"
    if phrase.field == "cat":
        return f"in {phrase.text}"
    titled = pool.in_title(number, pool.places(phrase)[number])
    said = phrase.text.rstrip("*") + ("…" if phrase.prefix else "")
    return f"“{said}” in the {'title' if titled else 'abstract'}"


MATCHER = Matcher(name="keywords", score=score, explain=explain)
