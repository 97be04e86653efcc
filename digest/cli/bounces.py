"""``digest bounces``: what came back is read, and who cannot or will not be mailed suppressed."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import click

from digest.cli._shared import app_of, json_option, print_json, show


@click.command(name="bounces", short_help="Read what came back; suppress who bounces.")
@click.argument("places", nargs=-1, metavar="[FILE...]")
@click.option("--dry-run", is_flag=True, help="Store and mark nothing; say what would be done.")
@click.option("--unproved", is_flag=True, help="Believe bounces that nothing of ours proves.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, places: tuple[str, ...], dry_run: bool, unproved: bool, as_json: bool
) -> None:
    """Read mails that came in: each FILE, Maildir, or - for a pipe; else the configured mailbox.

    Bounces for good suppress, those for now count; complaints and "unsubscribe" end a subscription.
    What is not understood is left, and named.
    """
    from digest.cli._interrupts import unwinding
    from digest.errors import MailboxError
    from digest.intake import take_in

    rows = []
    trouble = ""
    taken = take_in(app_of(ctx), places, unproved=unproved, dry_run=dry_run)
    try:
        with unwinding(), closing(taken):
            for place, outcome in taken:
                rows.append((place, outcome))
                if not as_json:
                    who = outcome.email or place
                    reason = f" ({outcome.detail})" if outcome.detail else ""
                    show(ctx, f"{who}: {outcome.kind}: {outcome.done}{reason}")
    except MailboxError as error:
        trouble = str(error)
    counts = Counter(outcome.done for _, outcome in rows)
    if as_json:
        mails = [
            {"place": place, "kind": o.kind, "email": o.email, "done": o.done, "detail": o.detail}
            for place, o in rows
        ]
        print_json({"read": len(rows), "done": dict(counts), "mails": mails})
    else:
        if dry_run:
            show(ctx, "Dry run: nothing was stored or marked.")
        said = ", ".join(f"{count} {done}" for done, count in sorted(counts.items()))
        show(ctx, f"{len(rows)} mail{'s' * (len(rows) != 1)}{f': {said}' if said else ''}")
    if trouble:
        click.echo(trouble, err=True)
        ctx.exit(1)
