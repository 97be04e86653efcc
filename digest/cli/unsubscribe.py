"""``digest unsubscribe``: stop mailing an address; it stays known."""

from __future__ import annotations

import click

from digest.cli._shared import app_of


@click.command(name="unsubscribe", short_help="Never mail an address again.")
@click.argument("emails", nargs=-1, required=True, metavar="EMAIL...")
@click.pass_context
def command(ctx: click.Context, emails: tuple[str, ...]) -> None:
    """Stop mailing each EMAIL. It stays known, so that no profile file can bring it back."""
    from digest import subscriptions
    from digest.schema import check_address

    app = app_of(ctx)
    for email in emails:
        try:
            check_address(email)
        except ValueError as error:
            raise click.BadParameter(f'"{email}" {error}') from None
    with app.store() as store:
        for email in emails:
            change = subscriptions.stop(store, email, app.now())
            click.echo(f"{email}: {change.done}" + (f" ({change.detail})" if change.detail else ""))
