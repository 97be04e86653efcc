"""``digest init``: a configuration and a first profile."""

from __future__ import annotations

import os
import secrets
import sys
import time
from pathlib import Path

import click

_CONFIG = """\
# The configuration of digest. Every setting and its default: config.example.toml in the project.

[digest]
title = "Daily digest"
database = "digest.db"
profiles = "profiles"
timezone = {timezone}
{page}
[schedule]
pull = "every 30m"
send_at = "07:30"

[smtp]
host = {host}
port = {port}
security = {security}       # "none", "starttls" or "tls"
from = {sender}
# username = "me"
# password_file = "smtp-password"    # a file that only you can read

[http]
# Say who you are: publishers ask automatic readers for an address.
user_agent = {user_agent}

[[source]]
name = "Daily Papers"
kind = "huggingface"

[[source]]
name = "arXiv"
kind = "arxiv"
categories = {categories}
{feeds}"""
_FEED = """
[[source]]
name = {name}
kind = "feed"
url = {url}
"""
_PAGE = """\
# Where `digest web` is reached from outside, and what signs the links that mails carry to it.
base_url = {base_url}
secret_key_file = "secret-key"  # keep it: links of old mails hold only with it
"""
_SECRET = "secret-key"  # noqa: S105 a file's name
_EXAMPLE = "you@example.org"
_PROFILE = """\
# What one subscriber wants. Try it: digest preview profiles/me.toml --open

email = {email}
timezone = {timezone}
send_at = "07:30"
limit = 15

[[interest]]
text = {text}
keywords = {keywords}

[trending]
show = 3                    # the day's most upvoted, whatever the interests
"""


@click.command(name="init", short_help="Write a configuration and a first profile.")
@click.argument("folder", default=".", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--email",
    metavar="ADDRESS",
    callback=lambda *given: _address(given[-1]) if given[-1] else None,
    help="Your address: the first subscriber's.",
)
@click.option("--interest", metavar="TEXT", help="What you are interested in, in a sentence.")
@click.option("--keyword", "keywords", multiple=True, metavar="WORDS", help="Repeatable.")
@click.option("--category", "categories", multiple=True, metavar="NAME", help="arXiv's, as cs.LG.")
@click.option(
    "--timezone",
    metavar="ZONE",
    callback=lambda *given: _zone(given[-1]) if given[-1] else None,
    help="As Europe/Berlin. [default: this machine's]",
)
@click.option("--smtp-host", default="localhost", show_default=True)
@click.option("--smtp-port", default=25, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--smtp-security",
    default="none",
    show_default=True,
    type=click.Choice(["none", "starttls", "tls"]),
)
@click.option(
    "--opml",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Also take the feeds of another reader's export.",
)
@click.option(
    "--base-url",
    metavar="URL",
    help="Where `digest web` will be reached: mails link to it. Also makes a secret-key.",
)
@click.option("--yes", is_flag=True, help="Ask nothing.")
@click.pass_context
def command(  # noqa: PLR0913, PLR0917 one parameter an option
    ctx: click.Context,
    folder: Path,
    email: str | None,
    interest: str | None,
    keywords: tuple[str, ...],
    categories: tuple[str, ...],
    timezone: str | None,
    smtp_host: str,
    smtp_port: int,
    smtp_security: str,
    opml: Path | None,
    base_url: str | None,
    yes: bool,
) -> None:
    """Write config.toml and profiles/ into FOLDER; nothing that exists is overwritten.

    Asks for what is missing on a terminal; in a script give options, and --yes.
    """
    ask = sys.stdin.isatty() and not yes
    if not email:
        email = _EXAMPLE
        if ask:
            email = click.prompt("Your e-mail address", err=True, value_proc=_address)
    timezone = timezone or _this_zone()
    values = {
        "timezone": _toml(timezone),
        "host": _toml(smtp_host),
        "port": smtp_port,
        "security": _toml(smtp_security),
        "sender": _toml(f"Daily digest <{email}>"),
        "user_agent": _toml(f"digest/0.1 (+mailto:{email})"),
        "categories": _list(categories or ("cs.LG", "cs.CL")),
        "feeds": _feeds(opml) if opml else "",
        "page": _PAGE.format(base_url=_toml(base_url)) if base_url else "",
    }
    profile = {
        "email": _toml(email),
        "timezone": _toml(timezone),
        "text": _toml(interest or _ask_interest(ask, keywords)),
        "keywords": _list(keywords),
    }
    written = [(folder / _SECRET, f"{secrets.token_urlsafe(32)}\n")] if base_url else []
    written += [
        (folder / "config.toml", _CONFIG.format(**values)),
        (folder / "profiles" / "me.toml", _PROFILE.format(**profile)),
    ]
    _write(written)
    for path, _ in written:
        click.echo(f"wrote {path}")
    if email == _EXAMPLE:
        click.echo(f"{written[-1][0]} holds a made-up address and interest: write yours", err=True)
    first = "" if folder == Path() else f"cd {folder}, "
    click.echo(f"Next: {first}digest check, digest subscribe, digest run", err=True)
    del ctx


def _address(value: str) -> str:
    """Check an address as the profile will."""
    from digest.schema import check_address

    try:
        return check_address(value)
    except ValueError as error:
        raise click.BadParameter(f'"{value}" {error}') from None


def _zone(value: str) -> str:
    """Check a time zone as the profile will."""
    from digest.schema import check_zone

    try:
        return check_zone(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _feeds(path: Path) -> str:
    """Write the feeds of an OPML file as sources."""
    from digest import opml

    body, place = path.read_bytes(), str(path)
    for line in opml.passed_over(body, place):
        click.echo(f"{place}: left out, as it is not of http or https: {line}", err=True)
    found = opml.parse(body, place)
    return "".join(_FEED.format(name=_toml(name), url=_toml(url)) for name, url in found)


def _ask_interest(ask: bool, keywords: tuple[str, ...]) -> str:
    if ask:
        return str(click.prompt("What are you interested in (a sentence)", err=True))
    return "" if keywords else "machine learning methods that reason and plan"


def _write(files: list[tuple[Path, str]]) -> None:
    """Check all files by reading them, then write all or none.

    Raises:
        SettingsError: one exists, or what was given for it is wrong.
    """
    import tempfile

    from digest import config, profile
    from digest.errors import Problem, SettingsError

    there = [path for path, _ in files if path.exists()]
    if there:
        raise SettingsError([Problem(str(p), "exists", "nothing was written") for p in there])
    with tempfile.TemporaryDirectory() as trial:
        for path, text in files:
            draft = Path(trial) / path.name
            _write_one(draft, text)
            try:
                if path.name == _SECRET:
                    continue
                if path.name == "config.toml":
                    config.load(draft, {})
                else:
                    profile.load(draft, profile.Defaults())
            except SettingsError as error:
                raise SettingsError(
                    [
                        Problem(p.place.replace(str(draft), str(path)), p.fault, p.cure)
                        for p in error.problems
                    ]
                ) from None
    for path, text in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write_one(path, text)
        except OSError as error:
            fault = f"cannot be written ({error.strerror})"
            raise SettingsError([Problem(str(path), fault, "name another folder")]) from None


def _write_one(path: Path, text: str) -> None:
    """Write a new file; a secret is from its first moment for its owner alone."""
    mode = 0o600 if path.name == _SECRET else 0o666
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(text.encode())


def _this_zone() -> str:
    """Give the machine's time zone by name, from $TZ or /etc/localtime; UTC if it has none."""
    from zoneinfo import available_timezones

    linked = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
    found = (os.environ.get("TZ", ""), linked, *time.tzname)
    return next((zone for zone in found if zone in available_timezones()), "UTC")


def _toml(text: str) -> str:
    """Write a TOML basic string (https://toml.io/en/v1.0.0#string)."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    kept = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped)
    return f'"{kept}"'


def _list(values: tuple[str, ...]) -> str:
    return f"[{', '.join(map(_toml, values))}]"
