"""``digest preview``: the mail that would be sent, as files or as a page to tune it on."""

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

PORT = 8025
_LOOPBACK = "127.0.0.1"


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
@click.option("--open", "open_it", is_flag=True, help="Open the mail, or the page, in the browser.")
@click.option(
    "--serve",
    is_flag=True,
    help="Show it on a page of this machine, with sliders; it follows what is edited.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help=f"Serve at this port; 0 for any. [default: {PORT}]",
)
@json_option
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 click passes each option as an argument
    ctx: click.Context,
    who: str,
    listings: tuple[str, ...],
    day: date | None,
    out: Path,
    open_it: bool,
    serve: bool,
    port: int | None,
    as_json: bool,
) -> None:
    """Write the digest of a profile file or subscriber; digest.eml is what `run` would send.

    Nothing is stored or sent. With --serve the page shows the digest with its reasons and what was
    nearly in it; sliders show what another threshold or limit brings, and write it into PROFILE.
    """
    if port is not None and not serve:
        raise click.UsageError("--port is for --serve")
    if serve:
        if as_json:
            raise click.UsageError("--serve shows a page; --json prints")
        _serve(ctx, who, listings, day, PORT if port is None else port, open_it=open_it)
        return
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


def _serve(
    ctx: click.Context,
    who: str,
    listings: tuple[str, ...],
    day: date | None,
    port: int,
    *,
    open_it: bool,
) -> None:
    """Serve the page until it is stopped, for this machine alone."""
    from digest.web import preview, server
    from digest.web.preview import PREVIEW, single

    app = app_of(ctx, required=False)
    previews = single(app, who, listings)
    with server.listen(_LOOPBACK, port, "--port") as listening:
        address = f"http://{_LOOPBACK}:{listening.getsockname()[1]}/{PREVIEW}"
        address += f"?date={day}" if day else ""
        click.echo(address)
        say(ctx, "Ctrl-C ends it.")
        if open_it:
            click.launch(address)
        server.answer_at(preview(app, previews), listening)
