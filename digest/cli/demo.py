"""``digest demo``: the whole path on a bundled listing; needs nothing."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(name="demo", short_help="Show the whole path on a bundled listing; needs nothing.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="digest-demo",
    show_default=True,
    help="Keep the received mails here.",
)
@click.pass_context
def command(ctx: click.Context, out: Path) -> None:
    """Send the bundled listing to three made-up subscribers over a real SMTP conversation.

    The mail server is part of the demonstration and listens on this machine only.
    """
    from digest import demo

    report, received = demo.run(out)
    for source in report.sources:
        click.echo(
            f"Pulled {source.entries} entries from {source.source}, {source.new} of them new."
        )
    left = sum(report.left_out.values())
    click.echo(
        f"Matched for {report.editions} subscribers: {report.candidates} candidates = "
        f"{report.shown} shown + {left} left out."
    )
    click.echo(f"Sent {len(received)} mails by SMTP:\n")
    for mail in received:
        click.echo(f"{mail.recipient}: {mail.subject}\n      {mail.eml}")
    if received:
        click.echo(f"\nOpen {received[0].html} in a browser to see the first one.")
    ctx.exit(1 if report.failed or len(received) != report.editions else 0)
