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
    wrapped,
)
from digest.text import shorten


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
    from digest import reading, verdict

    app = app_of(ctx, required=False)
    found = reading.read(app, who, listings, day)
    said = verdict.why(found, reading.entry_named(found, entry))
    if as_json:
        print_json(said)
    else:
        _print(said)
    fail_for(found.errors, ctx, found.notes)


def _print(said: Mapping[str, Any]) -> None:
    click.echo(f"{wrapped(said['title'], 0)}\n{said['id']}  {said['url']}")
    if said["upvotes"]:
        click.echo(f"{said['upvotes']} upvotes, which order what scores the same")
    for interest in said["interests"]:
        _print_interest(interest)
    click.echo(f"\n{said['verdict']}")


def _print_interest(interest: Mapping[str, Any]) -> None:
    score, threshold = interest["score"], interest["threshold"]
    relation = ">=" if score >= threshold else "<"
    weight = f", weight {interest['weight']:g}" if interest["weight"] != 1 else ""
    click.echo(f"\n{interest['name']}: {score:.2f} {relation} threshold {threshold:.2f}{weight}")
    if interest["elsewhere"]:
        click.echo("  takes entries of other sources only")
    if interest["excluded"]:
        click.echo(f"  ruled out by your exclude {interest['excluded']!r}")
    for evidence in interest["evidence"]:
        click.echo(f"  {evidence['score']:.2f}  {evidence['matcher']}: {evidence['reason']}")
    for evidence in interest["against"]:
        click.echo(f" -{evidence['score']:.0%}  {evidence['matcher']}: {evidence['reason']}")
    if not interest["evidence"]:
        click.echo("  nothing speaks for it")
    if interest["words"]:
        click.echo("  words, and what each adds to the likeness:")
    for row in interest["words"]:
        click.echo(f"    {row['weight']:.3f}  {row['word']:<22} {row['context']}".rstrip())
    if interest["nearest"]:
        click.echo("  nearest of your texts:")
    for row in interest["nearest"]:
        click.echo(f"    {row['likeness']:.2f}  {shorten(row['title'], 68)}")
