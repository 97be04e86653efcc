"""Says in full how one entry stands with a profile: ``digest why``."""

from __future__ import annotations

from math import floor
from typing import Any

from digest import compose, match
from digest.compose import Selection
from digest.match import Ranking, lexical, semantic
from digest.match.popularity import votes
from digest.model import Evidence, Profile
from digest.reading import Read, rank
from digest.standing import ROUNDING
from digest.text import around

_WORDS_TOLD, _EXAMPLES_TOLD = 8, 3
_CONTEXT_MOST = 42  # characters: a line of `why` fits a terminal of 80 columns


def why(found: Read, number: int) -> dict[str, Any]:
    """Say how an entry stands with each interest, and what became of it.

    A score is 1 - (1 - s1)(1 - s2)... over the shares of rules and the one of all likenesses, bent
    by the weight; each of ``against`` takes its part of it. The score of a likeness's evidence is
    what that share would lose without it. ``words`` are those that the entry shares with the texts
    of the interest, with what each adds to their cosine; ``nearest`` the texts by likeness of
    meaning.
    """
    ranking = rank(found)
    entry = found.choice.pool.entries[number]
    return {
        "id": entry.id,
        "title": entry.title,
        "url": entry.url,
        "upvotes": votes(entry),
        "interests": standings(ranking, number),
        "verdict": _verdict(found, ranking, number),
    }


def standings(ranking: Ranking, number: int) -> list[dict[str, Any]]:
    """Say how an entry stands with each interest: its shares, words and nearest texts."""
    return [_standing(ranking, finding, number) for finding in ranking.findings(number)]


def _standing(ranking: Ranking, finding: match.Finding, number: int) -> dict[str, Any]:
    """Say how the entry stands with one interest."""
    pool, interest = ranking.pool, finding.interest
    text = f"{pool.entries[number].title}. {pool.entries[number].summary}"
    words = list(lexical.words(interest, pool, number).items())[:_WORDS_TOLD]
    return {
        "name": interest.name,
        "score": round(finding.score, 6),
        "threshold": interest.threshold,
        "weight": interest.weight,
        "excluded": finding.excluded,
        "elsewhere": finding.elsewhere,
        "evidence": _rows(match.explain(interest, pool, number)),
        "against": _rows(match.doubts(interest, pool, number)),
        "words": [
            {"word": word, "weight": round(part, 6), "context": around(text, word, _CONTEXT_MOST)}
            for word, part in words
            if part > 0
        ],
        "nearest": [
            {"title": title, "likeness": round(cosine, 6)}
            for title, cosine in semantic.nearest(interest, pool, number)[:_EXAMPLES_TOLD]
        ],
    }


def _rows(evidence: tuple[Evidence, ...]) -> list[dict[str, Any]]:
    return [
        {"matcher": e.matcher, "reason": e.reason, "score": round(e.score, 6)} for e in evidence
    ]


def _verdict(found: Read, ranking: Ranking, number: int) -> str:
    """Say whether the entry is shown, and if not, what it would take."""
    if number not in found.candidates:
        date_shown = found.choice.shown.get(found.subscriber.id, {}).get(
            found.choice.pool.entries[number].id, ""
        )
        return f"Left out: it was shown on {date_shown}; an entry is shown once."
    revised = found.choice.revised(found.subscriber)
    selection = compose.select(ranking, found.candidates, found.subscriber.profile, revised)
    return outcome(found.subscriber.profile, ranking, selection, number)


def rounded_down(score: float) -> float:
    """Give the largest threshold in hundredths that a score is past."""
    return floor((score + ROUNDING) * 100) / 100


def outcome(profile: Profile, ranking: Ranking, selection: Selection, number: int) -> str:
    """Say in one sentence what became of a candidate, and if it is left out, what it would take."""
    if number in selection.chosen:
        place = selection.chosen.index(number) + 1
        interest = ranking.interests[ranking.standing.rows[number]]
        return f"Shown under {interest.name}, place {place} of {len(selection.chosen)}."
    if number in selection.trending:
        return "Shown under Trending, for its upvotes."
    if number in selection.explored:
        return "Shown from outside the interests, drawn by lot."
    reason = selection.omitted[number]
    if reason == compose.OVER_LIMIT:
        return (
            f"Left out: {reason}; {profile.limit} others scored more. A larger limit would show it."
        )
    if reason == compose.BELOW:
        score = rounded_down(float(ranking.standing.scores[number]))
        need = f"a threshold of {score:.2f} would show it"
        if not ranking.match(number).evidence:
            need = "no interest that takes its source finds anything in it"
        return f"Left out: {reason}; {need}."
    return f"Left out: {reason}."
