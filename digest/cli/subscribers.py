"""``digest subscribers``: who is subscribed."""

from __future__ import annotations

import click

from digest.cli._shared import app_of, json_option, print_json, table


@click.command(name="subscribers", short_help="List who is subscribed.")
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List every subscriber with status, time zone and interests."""
    app = app_of(ctx)
    with app.store(create=False) as store:
        found = [subscription.subscriber for subscription in store.subscribers.all()]
    rows = [
        {
            "email": subscriber.email,
            "name": subscriber.name,
            "status": str(subscriber.status),
            "timezone": subscriber.timezone,
            "send_at": subscriber.send_at,
            "interests": [interest.name for interest in subscriber.profile.interests],
        }
        for subscriber in found
    ]
    if as_json:
        print_json(rows)
    elif not rows:
        click.echo("Nobody is subscribed; run `digest subscribe PROFILE`.")
    else:
        table(
            ("email", "name", "status", "sends at", "interests"),
            [
                (
                    s.email,
                    s.name,
                    s.status,
                    f"{s.send_at} {s.timezone}",
                    ", ".join(interest.name for interest in s.profile.interests),
                )
                for s in found
            ],
        )
