"""``digest match``: rank entries against a profile, with the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from digest.cli._shared import app_of, fail_for, json_option, listing_option, print_json, wrapped

if TYPE_CHECKING:
    from digest.model import Match
    from digest.reading import Read


@click.command(name="match", short_help="Rank entries against a profile, with the evidence.")
@click.argument("profiles", nargs=-1, required=True, metavar="PROFILE...")
@listing_option
@click.option("--all", "everything", is_flag=True, help="List every candidate, whatever its score.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="List at most N.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    profiles: tuple[str, ...],
    listings: tuple[str, ...],
    everything: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Rank entries against each PROFILE (a file, or a subscriber's address), best first.

    Without --listing the entries of the last days are ranked that were not yet shown.
    Nothing is stored or sent.
    """
    from digest import reading
    from digest.errors import DigestError

    app = app_of(ctx, required=False)
    errors: dict[str, Exception] = {}
    notes: dict[str, None] = {}
    listed = reading.listed(app, listings) if listings else None
    for who in profiles:
        try:
            found = reading.read(app, who, listed or (), None)
        except DigestError as error:
            if len(profiles) == 1:
                raise
            errors[str(error)] = error
            continue
        listed = listed and listed.known(found)
        errors |= {str(error): error for error in found.errors}
        notes |= dict.fromkeys(found.notes)
        matches = reading.ranked(found, everything=everything, limit=limit)
        if as_json:
            print_json({"profile": who, "entries": [_row(n, m) for n, m in enumerate(matches, 1)]})
        else:
            _print(who, matches, found)
    fail_for(errors.values(), ctx, notes)


def _row(rank: int, match: Match) -> dict[str, Any]:
    entry = match.entry
    return {
        "rank": rank,
        "id": entry.id,
        "source_ids": list(entry.source_ids),
        "title": entry.title,
        "url": entry.url,
        "score": round(match.score, 6),
        "interest": match.interest.name if match.interest else None,
        "evidence": [
            {"matcher": e.matcher, "reason": e.reason, "score": round(e.score, 6)}
            for e in match.evidence
        ],
    }


def _print(who: str, matches: list[Match], found: Read) -> None:
    """Print a line of summary, then each match in a few lines."""
    click.echo(f"{who}: {len(matches)} of {len(found.candidates)} entries")
    for match in matches:
        interest = f"[{match.interest.name}] " if match.interest else ""
        reasons = "; ".join(evidence.reason for evidence in match.evidence)
        click.echo(f"\n{match.score:.2f}  {wrapped(match.entry.title)}")
        if interest or reasons:
            click.echo(f"      {wrapped(interest + reasons)}")
        if match.entry.url:
            click.echo(f"      {match.entry.url}")
