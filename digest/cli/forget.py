"""``digest forget``: erase an address, all but that it must not be mailed."""

from __future__ import annotations

import click

from digest.cli._shared import app_of


@click.command(name="forget", short_help="Erase an address, all but its suppression.")
@click.argument("email", metavar="EMAIL")
@click.pass_context
def command(ctx: click.Context, email: str) -> None:
    """Erase the profile, editions and deliveries of EMAIL.

    That it must not be mailed stays known; only `digest subscribe --reactivate` lifts that.
    """
    from digest import subscriptions

    app = app_of(ctx)
    with app.store() as store:
        click.echo(f"{email}: {subscriptions.forget(store, email, app.now()).done}")
