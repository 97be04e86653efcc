"""What the template of the preview is filled with: plain values of what there is to show. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from digest import compose, verdict
from digest.budget import HTML_MOST, MAIL_MOST
from digest.match.popularity import votes
from digest.misses import Miss
from digest.text import shorten
from digest.trial import Chosen
from digest.web.preview_asked import Asked, changes
from digest.web.preview_session import State

GMAIL_CLIPS = 102_000  # bytes of HTML, after which Gmail shows a link in place of the rest
_TITLE_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one matcher adds to an entry's score, or takes from it."""

    matcher: str
    reason: str
    share: str
    amount: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry, how it stands with the interest where it stands best, and what became of it."""

    id: str
    title: str
    url: str
    interest: str
    score: float
    threshold: float
    shares: tuple[Share, ...]
    outcome: str
    is_new: bool = False


def values(state: State, asked: Asked) -> dict[str, Any]:
    """Give all that the page shows."""
    chosen, before = state.chosen, state.before
    gone = [number for number in before.shown if number not in chosen.shown]
    return {
        "day": chosen.trial.day,
        "today": state.today,
        "past": state.offered.past,
        "notes": chosen.trial.notes,
        "seen": state.seen,
        "groups": list(_groups(chosen, before)),
        "gone": [_row(chosen, number, is_new=False) for number in gone],
        "below": [_missed(chosen, miss) for miss in chosen.below],
        "beyond": [_missed(chosen, miss) for miss in chosen.beyond],
        "no_room": list(_without_room(state)),
        "candidates": len(chosen.trial.candidates),
        "shown": len(chosen.shown),
        "came": len(set(chosen.shown) - set(before.shown)),
        "left_out": Counter(chosen.selection.omitted.values()),
        "sliders": _sliders(state),
        "limit": chosen.terms.limit,
        "limit_saved": state.saved.limit,
        "limit_most": max(60, 2 * state.saved.limit),
        "changes": list(_changes(state)),
        "query": asked.query(),
        "frame_query": asked.terms_query(chosen.terms),
        "mail": _mail(state),
        "when_empty": chosen.subscriber.profile.when_empty,
    }


def _groups(chosen: Chosen, before: Chosen) -> Iterator[tuple[str, list[Row]]]:
    """Give the sections of the mail, each with its rows in the mail's order."""
    was, rows = set(before.shown), chosen.ranking.standing.rows
    for place, interest in enumerate(chosen.ranking.interests):
        numbers = [n for n in chosen.selection.chosen if rows[n] == place]
        if numbers:
            yield interest.name, [_row(chosen, n, is_new=n not in was) for n in numbers]
    others: dict[str, Sequence[int]] = {
        compose.TRENDING: chosen.selection.trending,
        compose.EXPLORED: chosen.selection.explored,
    }
    for title, others_shown in others.items():
        if others_shown:
            yield title, [_row(chosen, n, is_new=n not in was) for n in others_shown]


def _row(chosen: Chosen, number: int, *, is_new: bool) -> Row:
    place = int(chosen.ranking.standing.rows[number])
    return Row(
        **_named(chosen, number, place),
        score=float(chosen.ranking.standing.scores[number]),
        outcome=_outcome(chosen, number),
        is_new=is_new,
    )


def _missed(chosen: Chosen, miss: Miss) -> Row:
    outcome, score = _outcome(chosen, miss.number), miss.score
    if miss.reason == compose.BELOW:
        score = verdict.rounded_down(score)
        outcome = f"Lacks {miss.threshold - score:.2f} of the threshold {miss.threshold:.2f}."
    return Row(**_named(chosen, miss.number, miss.row), score=score, outcome=outcome)


def _named(chosen: Chosen, number: int, place: int) -> dict[str, Any]:
    entry = chosen.ranking.pool.entries[number]
    named = place >= 0
    return {
        "id": entry.id,
        "title": shorten(entry.title or entry.id, _TITLE_MOST),
        "url": entry.url if entry.url.startswith(("https://", "http://")) else "",
        "interest": chosen.ranking.interests[place].name if named else "",
        "threshold": chosen.terms.thresholds[place] if named else 0.0,
        "shares": tuple(_shares(chosen, number, place)),
    }


def _shares(chosen: Chosen, number: int, place: int) -> Iterator[Share]:
    for evidence in chosen.trial.evidence(place, number) if place >= 0 else ():
        said = f"{evidence.score:.2f}" if evidence.score >= 0 else f"-{-evidence.score:.0%}"
        yield Share(
            matcher=evidence.matcher, reason=evidence.reason, share=said, amount=evidence.score
        )
    upvotes = votes(chosen.ranking.pool.entries[number])
    if upvotes:
        said = f"{upvotes} upvotes, which order what scores the same"
        yield Share(matcher="popularity", reason=said, share="", amount=0.0)


def _outcome(chosen: Chosen, number: int) -> str:
    profile = chosen.subscriber.profile
    return verdict.outcome(profile, chosen.ranking, chosen.selection, number)


def _without_room(state: State) -> Iterator[str]:
    """Name what is chosen and not in the mail, whose size it would pass."""
    if state.mail and state.is_current:
        shown = {match.entry.id for match in state.mail[1].shown}
        entries = state.chosen.ranking.pool.entries
        chosen = [entries[number] for number in state.chosen.shown]
        yield from (entry.title for entry in chosen if entry.id not in shown)


def _sliders(state: State) -> list[dict[str, Any]]:
    """Give a threshold for each interest, with what it brings."""
    chosen, standing = state.chosen, state.chosen.ranking.standing
    shown = Counter(int(standing.rows[n]) for n in chosen.selection.chosen)
    past = Counter(int(standing.rows[n]) for n in chosen.trial.candidates if standing.past[n])
    return [
        {
            "name": interest.name,
            "value": chosen.terms.thresholds[place],
            "saved": state.saved.thresholds[place],
            "shown": shown[place],
            "past": past[place],
        }
        for place, interest in enumerate(chosen.ranking.interests)
    ]


def _changes(state: State) -> Iterator[str]:
    """Say what writing back would change."""
    limit, thresholds = changes(state.chosen.terms, state.saved)
    if limit is not None:
        yield f"limit {state.saved.limit} → {limit}"
    for place, threshold in thresholds.items():
        name = state.chosen.ranking.interests[place].name
        yield f"{name}: threshold {state.saved.thresholds[place]:.2f} → {threshold:.2f}"


def _mail(state: State) -> dict[str, Any] | None:
    """Give the mail's texts and its size, against what clients and servers bear."""
    if state.mail is None:
        return None
    message, _ = state.mail
    html = message.html.encode()
    size = len(html)
    return {
        # Frames are loaded anew where the mail is another, and then only.
        "mark": hashlib.sha256(html).hexdigest()[:12],
        "subject": message.subject,
        "text": message.text,
        "source": message.content.decode("utf-8", "replace"),
        "html_size": size,
        "html_most": HTML_MOST,
        "clips": GMAIL_CLIPS,
        "fits": size <= HTML_MOST,
        "mail_size": len(message.content),
        "mail_most": MAIL_MOST,
    }


def why(chosen: Chosen, entry_id: str) -> dict[str, Any] | None:
    """Give all that there is to say of one entry; None if it is not one to choose from."""
    entries = chosen.ranking.pool.entries
    found = [number for number in chosen.trial.candidates if entries[number].id == entry_id]
    if not found:
        return None
    standings = verdict.standings(chosen.ranking, found[0])
    for standing, threshold in zip(standings, chosen.terms.thresholds, strict=True):
        standing["threshold"] = threshold
    return {
        "title": entries[found[0]].title or entry_id,
        "outcome": _outcome(chosen, found[0]),
        "interests": standings,
        "upvotes": votes(entries[found[0]]),
    }


def troubles(lines: Sequence[str]) -> list[str]:
    """Give what went wrong, a line a mistake."""
    return [line for text in lines for line in text.splitlines() if line.strip()]
