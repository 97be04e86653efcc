"""``digest subscribe``: bring the store to what profile files say."""

from __future__ import annotations

from pathlib import Path

import click

from digest.cli._shared import app_of, fail_for, json_option, print_json, show


@click.command(name="subscribe", short_help="Apply profile files; says what changed.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--reactivate", is_flag=True, help="Also mail addresses that were stopped.")
@click.option("--prune", is_flag=True, help="Unsubscribe everybody who has no profile here.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, paths: tuple[Path, ...], reactivate: bool, prune: bool, as_json: bool
) -> None:
    """Apply each PATH: a profile .toml, a directory of them, or a .jsonl with a profile a line.

    Without PATH the configured folder of profiles is taken. A file with a mistake is refused
    as a whole, and the others are applied. An address that asked to stop is left alone.
    """
    from digest import subscriptions
    from digest.errors import SettingsError

    app = app_of(ctx)
    folders = paths or (app.config.digest.profiles,)
    files, problems = subscriptions.read(folders, app.defaults, app.names())
    with app.store() as store:
        changes = subscriptions.apply(store, files, reactivate=reactivate)
        if prune and not problems:
            changes += subscriptions.prune(store, files, app.now())
        notes = subscriptions.notes(store, files)
    if as_json:
        print_json([{"email": c.email, "done": c.done, "detail": c.detail} for c in changes])
    else:
        for change in changes:
            detail = f" ({change.detail})" if change.detail else ""
            show(ctx, f"{change.email}: {change.done}{detail}")
    fail_for((), ctx, notes)
    if problems:
        if prune:
            click.echo("Nobody was pruned, because a profile could not be read.", err=True)
        raise SettingsError(problems)
