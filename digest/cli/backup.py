"""``digest backup``: a checked copy of the database, while everything runs."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli._shared import app_of, show


@click.command(name="backup", short_help="Copy the database, while everything runs.")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.pass_context
def command(ctx: click.Context, file: Path) -> None:
    """Copy the database to FILE, of one moment and checked, while others go on writing.

    FILE is replaced if it is there. To restore it, stop all that runs and put it in the place of
    the database.
    """
    from digest.store.backup import back_up

    size = back_up(app_of(ctx).config.digest.database, file)
    show(ctx, f"{file}: {size / 1e6:.1f} MB, checked")
