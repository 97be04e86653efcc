"""``digest status``: sources, last runs, outbox and next editions."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from digest.cli._shared import app_of, json_option, on_a_line, print_json, table, when

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Subscriber
    from digest.store import Store

_RUNS = 5
_NEXT = 10


@click.command(name="status", short_help="Show sources, last runs, outbox and next editions.")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Show how each source stands, the last runs, the outbox, and when the next editions go.

    Letters, which are mails about a subscription itself, are counted while some wait to be sent.
    """
    app = app_of(ctx)
    with app.store(create=False) as store:
        content: dict[str, Any] = {
            "sources": _sources(app, store),
            "runs": store.runs.latest(_RUNS),
            "outbox": store.outbox.counts(),
            "next": _next(app, store),
        }
        if letters := store.letters.waiting():
            content["letters"] = letters
    if as_json:
        print_json(content)
    else:
        _print(content)


def _sources(app: App, store: Store) -> list[dict[str, Any]]:
    from digest.model import SourceState

    states = store.sources.all()
    rows = []
    for source in app.config.sources:
        state = states.get(source.name) or SourceState(source=source.name)
        rows.append(
            {
                "name": source.name,
                "kind": source.kind,
                "state": state.state,
                "detail": state.detail,
                "last_success": state.last_success,
                "next_fetch": state.next_fetch,
            }
        )
    return rows


def _next(app: App, store: Store) -> list[dict[str, Any]]:

    from digest.address import canonical

    now = app.now()
    barred = store.subscribers.suppressions()
    upcoming = [
        (at, subscription.subscriber)
        for subscription in store.subscribers.all()
        if canonical(subscription.subscriber.email) not in barred
        and (at := _unmade(store, subscription.subscriber, now))
    ]
    return [
        {"subscriber": reader.email, "at": at, "timezone": reader.timezone}
        for at, reader in sorted(upcoming, key=lambda row: (row[0], row[1].email))[:_NEXT]
    ]


def _unmade(store: Store, subscriber: Subscriber, now: datetime) -> datetime | None:
    """Give when the next edition comes that is not made yet."""
    from digest import plan
    from digest.model import Edition

    at = plan.next_slot(subscriber, now)
    while at is not None:
        day = plan.local_date(at, subscriber.timezone)
        if not store.outbox.planned([Edition(subscriber_id=subscriber.id, date=day)]):
            return at
        at = plan.next_slot(subscriber, at)
    return None


def _print(content: dict[str, Any]) -> None:
    table(
        ("source", "kind", "state", "last success", "detail"),
        [
            (row["name"], row["kind"], row["state"], when(row["last_success"]), row["detail"])
            for row in content["sources"]
        ],
    )
    click.echo()
    table(
        ("run", "editions", "statuses"),
        [
            (
                when(datetime.fromisoformat(row["started"])),
                row["report"].get("editions", ""),
                ", ".join(f"{n} {s}" for s, n in row["report"].get("status", {}).items()),
            )
            for row in content["runs"]
        ],
    )
    click.echo(f"\nOutbox: {_counted(content['outbox']) or 'empty'}")
    if "letters" in content:
        click.echo(f"Letters that wait to be sent: {_counted(content['letters'])}")
    for row in content["next"]:
        local = row["at"].astimezone(ZoneInfo(row["timezone"]))
        click.echo(
            f"Next: {on_a_line(row['subscriber'])} at {local:%Y-%m-%d %H:%M} {row['timezone']}"
        )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {status}" for status, count in counts.items())
