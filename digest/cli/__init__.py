"""The command line: one file a command, each thin; loaded only when it is called for.

A module here that defines ``command`` is a command of the module's name.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

import click

from digest import __version__
from digest.errors import DigestError

_ORDER = ["init", "check", "subscribe", "unsubscribe", "forget", "subscribers", "pull", "search"]
_ORDER += ["match", "why", "tune", "preview", "run", "daemon", "web", "status", "outbox"]
_ORDER += ["bounces", "suppressions", "backup", "demo"]


class _Commands(click.Group):
    """Finds commands by the names of the modules in this package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name all commands, in the order of their use."""
        del ctx
        found = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
        return sorted(found, key=lambda name: (name not in _ORDER, (*_ORDER, name).index(name)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        loaded: click.Command = importlib.import_module(f"{__name__}.{cmd_name}").command
        return loaded

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that does not exist."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            import difflib

            near = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            if not near:
                raise
            said = f'{error.format_message()} Did you mean "{near[0]}"?'
            raise click.UsageError(said, ctx) from None

    def invoke(self, ctx: click.Context) -> object:
        """Turn the errors of our own tree into their lines and exit codes."""
        try:
            return super().invoke(ctx)
        except DigestError as error:
            for line in str(error).splitlines():
                click.echo(line, err=True)
            ctx.exit(error.exit_code)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            import signal

            from digest.cli._interrupts import BY_SIGNAL

            click.echo("interrupted", err=True)
            ctx.exit(BY_SIGNAL + signal.SIGINT)
        except Exception as error:
            if ctx.params.get("verbose"):
                raise
            said = " ".join(str(error).split())
            click.echo(f"unforeseen: {type(error).__name__}: {said}; -v shows where", err=True)
            ctx.exit(1)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="digest")
@click.option(
    "--config",
    metavar="FILE",
    help="The configuration. [default: $DIGEST_CONFIG, ./config.toml, the user's own]",
)
@click.option("-v", "--verbose", count=True, help="Name every delivery of a run.")
@click.option("-q", "--quiet", is_flag=True, help="Say only what is wrong.")
@click.pass_context
def cli(ctx: click.Context, config: str | None, verbose: int, quiet: bool) -> None:
    """Send a daily digest of new papers and posts, ranked for each subscriber."""
    ctx.obj = {"config": config, "verbose": verbose, "quiet": quiet}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; an interrupted run ends with 130, a closed pipe quietly."""
    # Read when numpy is first imported: the products here are small, and threads that wait for each
    # other make them slower, on a busy machine many times. What is worth it is spread by ourselves.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        cli(list(arguments) if arguments is not None else None, prog_name="digest")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
