"""``digest preview``: the mail that would be sent, as files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from digest.cli._shared import (
    app_of,
    date_option,
    fail_for,
    json_option,
    listing_option,
    print_json,
    say,
)


@click.command(name="preview", short_help="Write the mail that would be sent, as files.")
@click.argument("who", metavar="PROFILE|EMAIL")
@listing_option
@date_option("The edition of this date. [default: today]")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="digest-preview",
    show_default=True,
    help="Write digest.html, digest.txt and digest.eml here.",
)
@click.option("--open", "open_it", is_flag=True, help="Open the mail in the browser.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    who: str,
    listings: tuple[str, ...],
    day: date | None,
    out: Path,
    open_it: bool,
    as_json: bool,
) -> None:
    """Write the digest of a profile file or subscriber; digest.eml is what `run` would send.

    Nothing is stored or sent.
    """
    from digest import reading
    from digest.transports.folder import FolderTransport

    app = app_of(ctx, required=False)
    message, digest, found = reading.preview(app, who, listings, day)
    with FolderTransport(out) as transport:
        transport.send(message)
    if as_json:
        print_json(
            {
                "subject": message.subject,
                "message_id": message.message_id,
                "candidates": digest.candidates,
                "shown": len(digest.shown),
                "left_out": digest.omitted,
                "files": [str(out / f"digest.{kind}") for kind in ("html", "txt", "eml")],
            }
        )
    else:
        say(ctx, f"Subject: {message.subject}")
        say(ctx, f"{len(digest.shown)} of {digest.candidates} entries shown.")
        click.echo(out / "digest.html")
    if open_it:
        click.launch(str((out / "digest.html").resolve()))
    fail_for(found.errors, ctx, found.notes)
