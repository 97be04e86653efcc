"""``digest tune``: how a profile did on past days, and what would do better."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from digest.cli._shared import LocalDate, app_of, fail_for, json_option, print_json

if TYPE_CHECKING:
    from digest.past import Change, PastDigest, Shown
    from digest.replay import Compared, Replay
    from digest.tuning import Step, Tuned


@click.command(name="tune", short_help="Replay past days; suggest thresholds and keywords.")
@click.argument("who", metavar="PROFILE|EMAIL")
@click.option(
    "--since",
    type=LocalDate(),
    metavar="YYYY-MM-DD",
    help="Replay the days from this date on. [default: the last 14 that are stored]",
)
@click.option(
    "--against",
    metavar="PROFILE",
    help="Show what this other profile would have shown instead, day by day.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context, who: str, since: date | None, against: str | None, as_json: bool
) -> None:
    """Replay stored days for a profile, and say how to set it.

    For each interest: how many entries a day are past each threshold, and which keywords, authors,
    categories and exclusions found nothing or nearly everything. With --against: what changes if
    PROFILE is replaced by another. Nothing is stored or sent.
    """
    from digest.replay import replay

    found = replay(app_of(ctx), who, since, against)
    if as_json:
        print_json(_json(who, found, against))
    elif found.against:
        _print_difference(who, str(against), found, found.against)
    else:
        _print(who, found)
    fail_for((), ctx, found.notes)


def _print(who: str, found: Replay) -> None:
    from digest.cli import _charts
    from digest.worth import ENOUGH

    _say([f"{who}: {_period(found)}", "", *_charts.daily(found)])
    for place, one in enumerate(found.interests):
        _say(["", *_charts.interest(one, place, found)])
    suggested = [*_charts.suggestions(found)]
    if found.entries < ENOUGH:
        _say(["", f"So few entries ({found.entries}) say little: replay more days."])
    _say(["", "Suggested, to paste into the profile:" if suggested else "Nothing to change."])
    _say(suggested)


def _print_difference(who: str, against: str, found: Replay, other: Compared) -> None:
    from digest.cli import _charts

    _say([f"{who}: {_period(found)}", f"What changes with {against}:"])
    _say(_charts.difference(other.changes))
    _say(["", _charts.totals(other.changes, found.digests)])


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _period(found: Replay) -> str:
    first, last = found.stored
    mails = len(found.digests)
    return (
        f"{found.entries:,} {'entry' if found.entries == 1 else 'entries'} "
        f"first stored {first} to {last},\n"
        f"for {mails} mail{'s' if mails != 1 else ''} of at most {found.subscriber.profile.limit}"
    )


def _json(who: str, found: Replay, against: str | None) -> dict[str, Any]:
    first, last = found.stored
    content: dict[str, Any] = {
        "profile": who,
        "first": first,
        "last": last,
        "entries": found.entries,
        "limit": found.subscriber.profile.limit,
        "days": [_day(digest) for digest in found.digests],
        "interests": [_interest(one) for one in found.interests],
    }
    if found.against:
        content["against"] = _against(str(against), found, found.against)
    return content


def _day(digest: PastDigest) -> dict[str, Any]:
    return {
        "date": digest.day,
        "candidates": digest.candidates,
        "shown": len(digest.shown),
        "left_out": dict(digest.omitted),
    }


def _interest(one: Tuned) -> dict[str, Any]:
    advice = one.suggestion
    suggested: dict[str, Any] = {}
    if advice.better:
        suggested["threshold"] = advice.better.threshold
    if advice.keywords != one.interest.keywords:
        suggested["keywords"] = advice.keywords
    return {
        "name": one.interest.name,
        "share": round(advice.share, 2),
        "now": _step(one.now),
        "thresholds": [_step(step) for step in one.steps],
        "days": one.days,
        "scores": one.scores,
        "settings": [asdict(worth) for worth in one.settings],
        "nearest": _step(advice.nearest) if advice.nearest else None,
        "suggested": suggested,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "threshold": step.threshold,
        "a_day": round(step.a_day, 2),
        "days_without": step.without,
    }


def _against(against: str, found: Replay, other: Compared) -> dict[str, Any]:
    signs = [change.sign for change in other.changes]
    shown = sum(len(digest.shown) for digest in found.digests)
    return {
        "profile": against,
        "days": [_day(digest) for digest in other.digests],
        "changes": [_change(change) for change in other.changes],
        "totals": {
            "in": signs.count("+"),
            "out": signs.count("-"),
            "moved": signs.count("~"),
            "kept": shown - signs.count("-") - signs.count("~"),
        },
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "date": change.day,
        "change": change.sign,
        "id": change.entry.id,
        "title": change.entry.title,
        "url": change.entry.url,
        "before": _shown(change.before),
        "after": _shown(change.after),
    }


def _shown(shown: Shown | None) -> dict[str, Any] | None:
    return {"interest": shown.interest, "score": round(shown.score, 6)} if shown else None
