"""What commands share: the configuration they work with, their options, and how they print."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from digest.app import App

_F = TypeVar("_F", bound=Callable[..., Any])


_NAME_MOST = 32  # characters that the first column of a table keeps in one piece
_PIPED = 160  # columns of a table that goes into a pipe or file
_FIRST_YEAR = 1990  # before arXiv, and before any listing
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class LocalDate(click.ParamType[date]):
    """An option's value YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date:
        """Read a date."""
        if isinstance(value, date):
            return value
        try:
            found = date.fromisoformat(str(value))
            if found.year >= _FIRST_YEAR:
                return found
            self.fail(f"{found} is before {_FIRST_YEAR}", param, ctx)
        except ValueError:
            self.fail(f'"{value}" is not a date; write for instance 2026-01-31', param, ctx)


def json_option(function: _F) -> _F:
    """Add --json to a command."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON on standard output.")(
        function
    )


def listing_option(function: _F) -> _F:
    """Add --listing to a command."""
    return click.option(
        "--listing",
        "listings",
        metavar="FILE",
        multiple=True,
        help="Choose from this file's entries, in any format a source takes. May be repeated.",
    )(function)


def date_option(words: str) -> Callable[[_F], _F]:
    """Add --date to a command."""

    def add(function: _F) -> _F:
        return click.option("--date", "day", type=LocalDate(), metavar="YYYY-MM-DD", help=words)(
            function
        )

    return add


def app_of(ctx: click.Context, *, required: bool = True) -> App:
    """Load the configuration and wire it up.

    Raises:
        SettingsError: it holds mistakes, or there is none although it is ``required``.
    """
    # Imported here: `digest --help` must stay quick.
    from digest import config
    from digest.app import App

    if not required and config.find(ctx.obj["config"], os.environ) is None:
        return App(config=config.default(), told=partial(say, ctx))
    loaded = config.load(path_of(ctx))
    for warning in loaded.warnings:
        say(ctx, f"warning: {warning}")
    return App(config=loaded, told=partial(say, ctx))


def path_of(ctx: click.Context) -> Path:
    """Find the configuration.

    Raises:
        SettingsError: there is none.
    """
    from digest import config
    from digest.errors import Problem, SettingsError

    path = config.find(ctx.obj["config"], os.environ)
    if path is None:
        fault = "there is no configuration"
        cure = "run `digest init`, or name one with --config FILE"
        raise SettingsError([Problem("config.toml", fault, cure)])
    return path


def say(ctx: click.Context, text: str) -> None:
    """Say something on standard error, unless it is to be quiet."""
    if not ctx.obj["quiet"]:
        click.echo(text, err=True)


def show(ctx: click.Context, text: str) -> None:
    """Print on standard output, unless only what is wrong is to be said."""
    if not ctx.obj["quiet"]:
        click.echo(text)


def on_a_line(value: object) -> str:
    """Write a value on one line, what would break it or steer the terminal as an escape."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], str(value))


def print_json(content: object) -> None:
    """Print JSON on standard output, one value a line."""
    click.echo(json.dumps(content, default=_written, ensure_ascii=False))


def _written(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table on standard output, as wide as the terminal; in a pipe or file, wide enough."""
    # Imported here: rich costs 60 ms, and JSON needs none of it.
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    cells = [[Text(on_a_line(cell)) for cell in row] for row in rows]
    # What a row is about, an address mostly, stays in one piece where there is room.
    whole = max((row[0].cell_len for row in cells), default=0) <= _NAME_MOST
    for number, column in enumerate(columns):
        drawn.add_column(column, overflow="fold", no_wrap=whole and not number)
    for row in cells:
        drawn.add_row(*row)
    console = Console(highlight=False, soft_wrap=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = _PIPED
    console.print(drawn)


def wrapped(text: str, indent: int = 6) -> str:
    """Wrap text to the terminal's width, all lines but the first indented."""
    import shutil
    import textwrap

    width = max(shutil.get_terminal_size().columns - indent, 40)
    return f"\n{' ' * indent}".join(textwrap.wrap(text, width, break_long_words=False))


def when(moment: datetime | None) -> str:
    """Write a time for people: the local one, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}" if moment else "never"


def fail_for(errors: Iterable[Exception], ctx: click.Context, notes: Iterable[str] = ()) -> None:
    """Name errors that did not stop the command, and end with 1 if there are any; say notes."""
    for note in notes:
        click.echo(f"warning: {note}", err=True)
    found = list(errors)
    for error in found:
        click.echo(str(error), err=True)
    if found:
        ctx.exit(1)
