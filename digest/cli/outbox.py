"""``digest outbox``: the deliveries, and what an operator may do with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from digest.cli._shared import app_of, json_option, print_json, table

if TYPE_CHECKING:
    from digest.model import DeliveryStatus, Edition
    from digest.store import Store

_WAITING = ("planned", "deferred", "uncertain")


@click.group(
    name="outbox",
    invoke_without_command=True,
    short_help="List deliveries; retry, hold or drop them.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List deliveries, or retry, hold or drop them."""
    ctx.obj["as_json"] = as_json
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json, statuses=())


@command.command(name="list")
@click.option("--status", "statuses", multiple=True, metavar="STATUS", help="Only these.")
@json_option
@click.pass_context
def list_(ctx: click.Context, statuses: tuple[str, ...], as_json: bool) -> None:
    """List deliveries, the newest first."""
    from digest.model import DeliveryStatus

    unknown = [status for status in statuses if status not in list(DeliveryStatus)]
    if unknown:
        there = ", ".join(DeliveryStatus)
        raise click.BadParameter(f'"{unknown[0]}" is no status; there are {there}')
    app = app_of(ctx)
    with app.store(create=False) as store:
        found = store.outbox.all([DeliveryStatus(status) for status in statuses])
    if as_json or ctx.obj["as_json"]:
        print_json(
            [
                {
                    "email": row.email,
                    "date": row.edition.date,
                    "status": str(row.status),
                    "attempts": row.attempts,
                    "next_attempt": row.next_attempt,
                    "message_id": row.message_id,
                    "response": row.response,
                }
                for row in found
            ]
        )
    elif not found:
        click.echo("The outbox is empty.")
    else:
        table(
            ("email", "date", "status", "attempts", "response"),
            [(r.email, r.edition.date, r.status, r.attempts, r.response) for r in found],
        )


@command.command()
@click.argument("emails", nargs=-1, metavar="[EMAIL...]")
@click.pass_context
def retry(ctx: click.Context, emails: tuple[str, ...]) -> None:
    """Make all that is deferred, held or uncertain due; of each EMAIL, what failed too."""
    of = ("deferred", "held", "uncertain") + (("failed",) if emails else ())
    _change(ctx, "deferred", of, emails, "due")


@command.command()
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.pass_context
def hold(ctx: click.Context, emails: tuple[str, ...]) -> None:
    """Keep what waits for each EMAIL from being sent, until it is retried."""
    _change(ctx, "held", _WAITING, emails, "held")


@command.command()
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.pass_context
def drop(ctx: click.Context, emails: tuple[str, ...]) -> None:
    """Give up what waits for each EMAIL; it is never sent."""
    _change(ctx, "dropped", (*_WAITING, "held", "failed"), emails, "dropped")


def _change(
    ctx: click.Context, to: str, of: Sequence[str], emails: Sequence[str], word: str
) -> None:
    from digest.model import DeliveryStatus

    statuses = [DeliveryStatus(status) for status in of]
    app = app_of(ctx)
    with app.store(create=False) as store, store.lock(f"outbox {ctx.command.name}"):
        editions = _editions(store, statuses, emails) if emails else None
        number = store.outbox.change(DeliveryStatus(to), statuses, app.now(), editions)
    click.echo(f"{number} {word}")


def _editions(
    store: Store, statuses: Sequence[DeliveryStatus], emails: Sequence[str]
) -> list[Edition]:
    from digest import subscriptions

    wanted = {email.casefold() for email in emails}
    for email in emails:
        subscriptions.subscriber(store, email)
    return [row.edition for row in store.outbox.all(statuses) if row.email.casefold() in wanted]
