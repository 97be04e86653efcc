"""``digest why``: all that put an entry in a digest, or kept it out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import click

from digest.cli._shared import (
    app_of,
    date_option,
    fail_for,
    json_option,
    listing_option,
    print_json,
)


@click.command(name="why", short_help="Say what put an entry in, or kept it out.")
@click.argument("who", metavar="PROFILE|EMAIL")
@click.argument("entry", metavar="ENTRY")
@listing_option
@date_option("For the edition of this date. [default: today]")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    who: str,
    entry: str,
    listings: tuple[str, ...],
    day: date | None,
    as_json: bool,
) -> None:
    """Say how ENTRY (an id, link or title) stands with each interest, and what became of it."""
    from digest import reading

    app = app_of(ctx, required=False)
    found = reading.read(app, who, listings, day)
    verdict = reading.why(found, reading.entry_named(found, entry))
    if as_json:
        print_json(verdict)
    else:
        _print(verdict)
    fail_for(found.errors, ctx, found.notes)


def _print(verdict: Mapping[str, Any]) -> None:
    click.echo(f"{verdict['title']}\n{verdict['id']}  {verdict['url']}\n")
    for interest in verdict["interests"]:
        score, threshold = interest["score"], interest["threshold"]
        relation = ">=" if score >= threshold else "<"
        click.echo(f"{interest['name']}: {score:.2f} {relation} threshold {threshold:.2f}")
        if interest["elsewhere"]:
            click.echo("  takes entries of other sources only")
        if interest["excluded"]:
            click.echo(f"  ruled out by your exclude {interest['excluded']!r}")
        for evidence in interest["evidence"]:
            click.echo(f"  {evidence['score']:.2f}  {evidence['matcher']}: {evidence['reason']}")
        if not interest["evidence"]:
            click.echo("  nothing speaks for it")
    click.echo(f"\n{verdict['verdict']}")
