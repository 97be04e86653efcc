"""``digest web``: the page, in the foreground."""

from __future__ import annotations

import logging

import click

from digest.cli._shared import app_of


@click.command(name="web", short_help="Serve the page that the links in mails lead to.")
@click.option("--operator", is_flag=True, help="Print the address of the operator's page, and end.")
@click.pass_context
def command(ctx: click.Context, operator: bool) -> None:
    """Serve the page that mails link to, for a reverse proxy that has base_url's certificate.

    Stops cleanly on SIGTERM and SIGINT: requests under way are answered. The address that
    --operator prints holds for thirty days, and lets in whoever has it.
    """
    from digest import logs
    from digest.errors import Problem, SettingsError

    app = app_of(ctx)
    if not app.config.digest.base_url:
        cure = 'set it to where the page is reached, as "https://digest.example.org"'
        place = f"{app.config.path}: digest.base_url"
        raise SettingsError([Problem(place, "is missing, and no mail links to the page", cure)])
    from digest.web import application, guarded, server
    from digest.web.operator import OPERATOR

    guard, page = guarded(app), f"{app.config.digest.base_url}/{OPERATOR}"
    if operator:
        click.echo(f"{page}/{guard.token()}")
        return
    level = logs.level_of(quiet=ctx.obj["quiet"], verbose=ctx.obj["verbose"])
    logs.begin(app.config.log, level, app.config.hidden)
    with app.store():
        pass  # made, or brought up to date, before the first request
    # No token is logged: who can read the log need not be the operator.
    own = page if guard.open_here else "its address is printed by `digest web --operator`"
    logging.getLogger("digest").info("the operator's page: %s", own)
    server.serve(application(app), app.config.web.host, app.config.web.port)
    logging.getLogger("digest").info("stopped")
