"""``digest daemon``: the scheduler, in the foreground."""

from __future__ import annotations

import logging

import click

from digest.cli._shared import path_of


@click.command(name="daemon", short_help="Pull and send by schedule until told to stop.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Pull sources by schedule, send each edition when its time comes, and read bounces.

    SIGTERM and SIGINT stop it within ten seconds; SIGHUP has it read configuration and profiles
    anew.
    """
    from digest import config, logs
    from digest.app import App
    from digest.daemon import Daemon
    from digest.daemon.supervisor import supervisor

    loaded = config.load(path_of(ctx))
    level = logs.level_of(quiet=ctx.obj["quiet"], verbose=ctx.obj["verbose"])
    logs.begin(loaded.log, level, loaded.hidden)
    log = logging.getLogger("digest")
    for warning in loaded.warnings:
        log.warning("%s", warning)
    app = App(config=loaded, told=log.info)
    Daemon(app=app, supervisor=supervisor(), level=level).serve()
