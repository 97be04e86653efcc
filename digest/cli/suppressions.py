"""``digest suppressions``: the addresses that are never mailed, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import click

from digest.cli._shared import app_of, json_option, print_json, show, table, when

if TYPE_CHECKING:
    from digest.model import Suppression
    from digest.store import Store


@click.group(
    name="suppressions",
    invoke_without_command=True,
    short_help="List, lift, import or export addresses that are never mailed.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the addresses that are never mailed, or lift, import or export them."""
    ctx.obj["as_json"] = as_json
    if ctx.invoked_subcommand is None:
        ctx.invoke(list_, as_json=as_json)


@command.command(name="list")
@json_option
@click.pass_context
def list_(ctx: click.Context, as_json: bool) -> None:
    """List suppressed addresses, with the reason and since when."""
    with app_of(ctx).store(create=False) as store:
        found = _all(store)
    if as_json or ctx.obj["as_json"]:
        print_json(
            [
                {"email": r.email, "reason": r.reason, "since": r.since, "stopped": r.stopped}
                for r in found
            ]
        )
    elif not found:
        click.echo("No address is suppressed.")
    else:
        table(
            ("email", "since", "reason"),
            [(row.email, when(row.since), row.reason) for row in found],
        )


def _all(store: Store) -> list[Suppression]:
    return list(store.subscribers.suppressions().values())


@command.command()
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.pass_context
def lift(ctx: click.Context, emails: tuple[str, ...]) -> None:
    """Mail each EMAIL again that bounced; its bounces so far count no more.

    Who said stop is left alone: only `digest subscribe --reactivate` brings them back.
    """
    from digest import subscriptions

    with app_of(ctx).store(create=False) as store:
        changes = [subscriptions.lift(store, email) for email in emails]
    for change in changes:
        click.echo(f"{change.email}: {change.done}" + (f" ({change.detail})" * bool(change.detail)))
    ctx.exit(1 if any(change.done == "left alone" for change in changes) else 0)


@command.command(name="import")
@click.argument("file", metavar="FILE", type=click.File("rb"))
@click.pass_context
def import_(ctx: click.Context, file: BinaryIO) -> None:
    """Suppress the addresses of FILE, or - for a pipe; what is suppressed already stays.

    CSV with a heading (email, reason, since, stopped), or an address a line with its reason.
    """
    from digest import subscriptions, suppressionlist

    try:
        text = file.read().decode("utf-8")
    except UnicodeDecodeError:
        raise click.BadParameter(f"{file.name} is not UTF-8; convert it") from None
    app = app_of(ctx)
    found, problems = suppressionlist.read(text, file.name, app.now())
    with app.store() as store:
        new = subscriptions.suppress(store, found)
    for problem in problems:
        click.echo(str(problem), err=True)
    show(ctx, f"{new} suppressed, {len(found) - new} were so before")
    ctx.exit(1 if problems else 0)


@command.command()
@click.pass_context
def export(ctx: click.Context) -> None:
    """Print all suppressions as CSV, as `import` reads it."""
    from digest import suppressionlist

    with app_of(ctx).store(create=False) as store:
        click.echo(suppressionlist.write(_all(store)), nl=False)
