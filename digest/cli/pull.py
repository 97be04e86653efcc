"""``digest pull``: fetch the sources and store what is new."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

import click

from digest.cli._shared import LocalDate, app_of, json_option, print_json, say, show


@click.command(name="pull", short_help="Fetch the sources, store what is new.")
@click.option("--source", "names", multiple=True, metavar="NAME", help="This one. Repeatable.")
@click.option(
    "--since", type=LocalDate(), metavar="YYYY-MM-DD", help="Ask for every day from this one on."
)
@json_option
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], since: date | None, as_json: bool) -> None:
    """Fetch every configured source, or those named, and store what is new.

    Days that were missed are asked for again where the source can give them; --since does so by
    hand.
    """
    app = app_of(ctx)
    if not app.config.sources:
        say(ctx, "There is no source; add a [[source]] to the configuration.")
    pulled = app.pull(names, since)
    if as_json:
        print_json(
            [{("name" if k == "source" else k): v for k, v in asdict(p).items()} for p in pulled]
        )
    else:
        for source in pulled:
            detail = f": {source.detail}" if source.detail else ""
            line = (
                f"{source.source}: {source.state} ({source.entries} entries, {source.new} new, "
                f"{source.updated} updated){detail}"
            )
            if source.failed:
                click.echo(line, err=True)
            else:
                show(ctx, line)
    ctx.exit(1 if any(source.failed for source in pulled) else 0)
