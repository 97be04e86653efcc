"""The configuration: config.toml as checked, frozen values."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from digest import sources
from digest.errors import Problem, SettingsError
from digest.model import WEEKDAYS, Source
from digest.schema import (
    AfterValidator,
    ClockTime,
    Day,
    Field,
    Line,
    Schema,
    Zone,
    check_address,
    locate,
    model_validator,
    nearest,
    options,
    read_toml,
    validate,
)

FILE = "config.toml"
VARIABLE = "DIGEST_CONFIG"
_PULL_MOST = 7 * 1440  # minutes
_CRON_FIELD = re.compile(
    r"(?:\*|\d+(?:-\d+)?|[a-z]{3}(?:-[a-z]{3})?)(?:/\d+)?(?:,[\d/a-z-]+)*", re.IGNORECASE
)
_CRON_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def _colour(value: str) -> str:
    digits = value.removeprefix("#")
    if not value.startswith("#") or len(digits) != 6 or not _is_hex(digits):  # noqa: PLR2004
        raise ValueError(f'"{value}" is not a colour; write six hexadecimal digits, as "#0b57d0"')
    return value.lower()


def _is_hex(digits: str) -> bool:
    return all(char in "0123456789abcdefABCDEF" for char in digits)


def _pull(value: str) -> str:
    parts = value.split()
    if len(parts) == 2 and parts[0] == "every" and 0 < _minutes(parts[1]) <= _PULL_MOST:  # noqa: PLR2004
        return value
    if len(parts) == len(_CRON_SPANS) and all(map(_is_cron_field, parts, _CRON_SPANS)):
        return value
    raise ValueError(
        f'"{value}" is not a schedule; write "every 30m", or a cron line "15 */2 * * *"'
    )


def _is_cron_field(field: str, span: tuple[int, int]) -> bool:
    """Whether a field of a cron line is well formed, its numbers within their span."""
    numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
    return bool(_CRON_FIELD.fullmatch(field)) and all(
        span[0] <= number <= span[1] for number in numbers
    )


def _minutes(span: str) -> int:
    """Read ``30m``, ``2h`` or ``1d`` as minutes; 0 for anything else."""
    unit = {"m": 1, "h": 60, "d": 1440}.get(span[-1:], 0)
    return int(span[:-1]) * unit if span[:-1].isdecimal() else 0


def _address_or_none(value: str) -> str:
    return check_address(value) if value else value


def _sender(value: str) -> str:
    """Check ``Name <address>`` or an address alone."""
    from email.utils import parseaddr  # noqa: PLC0415 not needed for most commands

    name, address = parseaddr(value)
    if not address or "@" not in address or "@" in name:
        raise ValueError(f'"{value}" is not a sender; write "Digest <digest@example.org>"')
    check_address(address)
    return value


class Digest(Schema):
    """[digest]: what the mail is called and where things lie."""

    title: Line = "Daily digest"
    database: Path = Path("digest.db")
    timezone: Zone = "UTC"
    profiles: Path = Path("profiles")
    templates: Path | None = None
    accent: Annotated[str, AfterValidator(_colour)] = "#0b57d0"
    postal_address: Line = ""


class Window(Schema):
    """[window]: how long an entry may wait to be shown, in days."""

    days: Annotated[int, Field(ge=1, le=366)] = 7


class Schedule(Schema):
    """[schedule]: when to pull, and when to send where a profile does not say."""

    pull: Annotated[str, AfterValidator(_pull)] = "every 30m"
    catch_up: Annotated[int, Field(ge=0, le=90)] = 14
    send_at: ClockTime = "07:30"
    days: tuple[Day, ...] = WEEKDAYS


class Smtp(Schema):
    """[smtp]: the server that mails are handed to."""

    host: Line = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "none"
    username: Line = ""
    password_file: Path | None = None
    sender: Annotated[Line, AfterValidator(_sender)] = Field(
        default="Daily digest <digest@localhost>", alias="from"
    )
    reply_to: Annotated[Line, AfterValidator(_address_or_none)] = ""
    rate: Annotated[float, Field(ge=0, le=100_000)] = 0
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60
    retry: Annotated[float, Field(gt=0, le=86_400)] = 60
    deadline: Annotated[float, Field(gt=0, le=24 * 30)] = 24
    linger: Annotated[float, Field(ge=0, le=1440)] = 15
    on_uncertain: Literal["retry", "hold"] = "retry"

    @model_validator(mode="after")
    def _login_is_whole(self) -> Smtp:
        if self.password_file and not self.username:
            raise ValueError("has a password_file but no username; add username")
        return self


class Http(Schema):
    """[http]: how sources are fetched."""

    user_agent: Line = "digest/0.1 (+mailto:postmaster@localhost)"
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    max_bytes: Annotated[int, Field(ge=1000, le=1_000_000_000)] = 20_000_000
    allow_private_networks: bool = False
    proxy: Line = ""


class Parse(Schema):
    """[parse]: what reading one listing may cost."""

    seconds: Annotated[float, Field(gt=0, le=600)] = 2
    megabytes: Annotated[int, Field(ge=50, le=100_000)] = 200


class _File(Schema):
    digest: Digest = Digest()
    window: Window = Window()
    schedule: Schedule = Schedule()
    smtp: Smtp = Smtp()
    http: Http = Http()
    parse: Parse = Parse()
    source: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A whole configuration; every path in it is absolute."""

    path: Path | None
    digest: Digest
    window: Window
    schedule: Schedule
    smtp: Smtp
    http: Http
    parse: Parse
    sources: tuple[Source, ...]
    password: str = ""
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Name the file only: a configuration holds a secret."""
        return f"Config({str(self.path)!r})"


def default() -> Config:
    """Give the configuration of someone who has none: preview and match work with it."""
    return _settled(_File(), None, Path.cwd(), (), {})


def find(given: str | None, environ: Mapping[str, str]) -> Path | None:
    """Find the configuration: as given, $DIGEST_CONFIG, ./config.toml, the user's directory.

    None where there is none and none was named.
    """
    named = given or environ.get(VARIABLE)
    if named:
        return Path(named)
    # Imported here: most runs name their configuration or stand beside it.
    here = Path(FILE)
    if here.is_file():
        return here
    from platformdirs import user_config_path  # noqa: PLC0415

    at_home = user_config_path("digest") / FILE
    return at_home if at_home.is_file() else None


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """Read a configuration file.

    Raises:
        SettingsError: with every mistake in it.
    """
    content, text = read_toml(path)
    problems: list[Problem] = []
    found: tuple[Source, ...] = ()
    rows = content.get("source")
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        found = _sources(rows, path, text, problems)
    try:
        file = validate(_File, content, str(path), text)
    except SettingsError as error:
        raise SettingsError([*error.problems, *problems]) from None
    if problems:
        raise SettingsError(problems)
    return _settled(file, path, path.resolve().parent, found, environ)


def _settled(
    file: _File,
    path: Path | None,
    base: Path,
    found: tuple[Source, ...],
    environ: Mapping[str, str],
) -> Config:
    """Make paths absolute and fetch the secret."""
    folders = {
        "database": base / file.digest.database.expanduser(),
        "profiles": base / file.digest.profiles.expanduser(),
        "templates": base / file.digest.templates.expanduser() if file.digest.templates else None,
    }
    password, warnings = _password(file.smtp, base, environ)
    return Config(
        path=path,
        digest=file.digest.model_copy(update=folders),
        window=file.window,
        schedule=file.schedule,
        smtp=file.smtp,
        http=file.http,
        parse=file.parse,
        sources=found,
        password=password,
        warnings=warnings,
    )


def _password(smtp: Smtp, base: Path, environ: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Read the SMTP password from $DIGEST_SMTP_PASSWORD or its file; never from config.toml."""
    if environ.get("DIGEST_SMTP_PASSWORD"):
        return environ["DIGEST_SMTP_PASSWORD"], ()
    if smtp.password_file is None:
        return "", ()
    file = base / os.path.expandvars(smtp.password_file.expanduser())
    try:
        secret = file.read_text(encoding="utf-8").strip("\r\n")
        shared = bool(file.stat().st_mode & _OTHERS)
    except (OSError, UnicodeDecodeError) as error:
        fault = f"cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})"
        cure = "make a file that holds the password alone, readable by you only"
        raise SettingsError([Problem(f"smtp.password_file: {file}", fault, cure)]) from None
    warning = f"smtp.password_file: {file}: others can read it; run chmod 600 on it"
    return secret, (warning,) if shared else ()


def _sources(
    rows: list[dict[str, Any]], path: Path, text: str, problems: list[Problem]
) -> tuple[Source, ...]:
    """Read each [[source]], collecting mistakes."""
    found: dict[str, Source] = {}
    for number, row in enumerate(rows):
        line = locate(text, ("source", number))
        place = f"{path}:{line}: source[{number + 1}]"
        try:
            source = _source(row, path.resolve().parent)
            if source.name in found:
                cure = "give each its own name" if "name" in row else "add a name of its own"
                raise ValueError(f'has the name "{source.name}" of another; {cure}')
            found[source.name] = source
        except ValueError as error:
            fault, _, cure = str(error).partition("; ")
            problems.append(Problem(place, fault, cure))
    return tuple(found.values())


def _source(row: Mapping[str, Any], base: Path) -> Source:
    settings = dict(row)
    kind = settings.pop("kind", None)
    kinds = sources.kinds()
    if not isinstance(kind, str) or kind not in kinds:
        suggestion = nearest(str(kind), kinds) if kind else ""
        fault = f'has kind "{kind}"' if kind else "needs a kind"
        raise ValueError(f"{fault}; {suggestion or 'kinds are ' + ', '.join(kinds)}")
    name = settings.pop("name", kind)
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise ValueError('has no proper name; write for instance name = "arXiv"')
    return Source(
        name=name.strip(),
        kind=kind,
        options=options(sources.adapter(kind).options, settings, base),
    )
