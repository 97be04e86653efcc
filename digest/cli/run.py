"""``digest run``: one whole pass; every edition that is due is sent, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import click

from digest.cli._shared import (
    app_of,
    date_option,
    json_option,
    on_a_line,
    print_json,
    say,
    show,
)

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Delivery, SendResult
    from digest.pipeline import Report


@click.command(name="run", short_help="Pull, match, compose, and send what is due, once.")
@date_option("Make this date's editions due for everybody, whatever their time and days.")
@click.option("--dry-run", is_flag=True, help="Send and store nothing; say what would be done.")
@click.option("--only", metavar="EMAIL", help="For this subscriber alone.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, day: date | None, dry_run: bool, only: str | None, as_json: bool
) -> None:
    """Pull the sources, make the editions that are due, and send each one once.

    A second run sends nothing again. Ends with 1 if a source or recipient failed; all others
    are served. On Ctrl-C or SIGTERM it waits for the answers that are owed, and says what it did;
    the next run goes on.
    """
    from digest import subscriptions
    from digest.cli._interrupts import unwinding
    from digest.plan import local_date

    app = app_of(ctx)
    # The farthest east is a day ahead of the farthest west: what is today somewhere is no future.
    if day and day > local_date(app.now(), "Pacific/Kiritimati"):
        raise click.BadParameter(f"{day} is in the future", param_hint="--date")
    identifier = ""
    if only:
        with app.store(create=False) as store:
            identifier = subscriptions.subscriber(store, only).id
    if dry_run:
        with unwinding():
            report, code = app.dry_run(day=day, only=identifier), 0
    else:
        report, code = _passed(ctx, app, day, identifier)
    if as_json:
        print_json(report.as_json())
    else:
        _print(ctx, report, dry_run=dry_run)
    for source in report.sources:
        if source.failed:
            click.echo(f"{source.source}: {source.state}: {source.detail}", err=True)
    if report.trouble:
        click.echo(report.trouble, err=True)
    ctx.exit(code or int(report.failed))


def _passed(ctx: click.Context, app: App, day: date | None, identifier: str) -> tuple[Report, int]:
    """Send letters, and do a pass; gives what it did, and the exit code if a signal ended it."""
    from dataclasses import replace

    from digest import correspondence
    from digest.cli._interrupts import BY_SIGNAL, interrupts
    from digest.pipeline import Report

    report = Report()
    with interrupts() as interrupt:
        app = replace(app, stopped=interrupt)
        kept = "" if identifier else correspondence.send(app)
        if not interrupt():
            interrupt.over()
            report = app.run(day=day, only=identifier, told=_teller(ctx))
    report = replace(report, trouble=report.trouble or kept)
    if interrupt.heeded is None:
        return report, 0
    ended = f"ended by {interrupt.heeded.name}; the next run goes on where this one ended"
    trouble = f"{report.trouble}; {ended}" if report.trouble else ended
    return replace(report, trouble=trouble), BY_SIGNAL + interrupt.heeded


def _teller(ctx: click.Context) -> Callable[[Delivery, SendResult], None]:
    """Say at once what became of a delivery that did not simply go."""

    def told(delivery: Delivery, result: SendResult) -> None:
        who = on_a_line(delivery.email)
        if result.status != "sent":
            click.echo(f"{who}: {result.status}: {result.response}", err=True)
        elif ctx.obj["verbose"]:
            say(ctx, f"{who}: sent")

    return told


def _print(ctx: click.Context, report: Report, *, dry_run: bool) -> None:
    """Print the balance."""
    for source in report.sources:
        detail = f": {source.detail}" if source.detail and not source.failed else ""
        counts = f"{source.entries} entries, {source.new} new"
        show(ctx, f"{source.source}: {source.state} ({counts}){detail}")
    if dry_run:
        show(ctx, "Dry run: nothing was stored or sent.")
    statuses = ", ".join(f"{count} {status}" for status, count in report.status.items())
    none = "" if report.trouble else ", none were due"
    show(ctx, f"Editions: {report.editions}{f' ({statuses})' if statuses else none}")
    if report.editions:
        reasons = ", ".join(f"{count} {reason}" for reason, count in report.left_out.items())
        left = sum(report.left_out.values())
        show(
            ctx,
            f"Candidates: {report.candidates} = {report.shown} shown + {left} left out"
            + (f" ({reasons})" if reasons else ""),
        )
