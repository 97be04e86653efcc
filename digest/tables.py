"""The tables of config.toml: each setting with its default and its check."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

from digest.model import WEEKDAYS
from digest.schema import (
    AfterValidator,
    ClockTime,
    Day,
    Field,
    Line,
    Schema,
    Zone,
    check_address,
    model_validator,
)

_PULL_MOST = 7 * 1440  # minutes
_CRON_FIELD = re.compile(
    r"(?:\*|\d+(?:-\d+)?|[a-z]{3}(?:-[a-z]{3})?)(?:/\d+)?(?:,[\d/a-z-]+)*", re.IGNORECASE
)
_CRON_SPANS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))  # minute, hour, day, month, weekday
_PAGE = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::\d{1,5})?"
    r"(?:/[a-z0-9_~-][a-z0-9._~-]*)*",
    re.IGNORECASE,
)
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[::1\]", re.IGNORECASE)
_LABEL_MOST = 63  # RFC 1035 section 2.3.4


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
    if value and not value.rpartition("@")[0].isascii():
        raise ValueError("has letters before the @ that not every server takes; use ASCII")
    return check_address(value) if value else value


def _ascii(value: str) -> str:
    if not value.isascii():
        raise ValueError("goes into a header; write it in ASCII")
    return value


def _host(value: str) -> str:
    labels = value.rstrip(".").split(".")
    if not all(0 < len(label) <= _LABEL_MOST for label in labels):
        raise ValueError(f'"{value}" is not a host; write for instance "mail.example.org"')
    return value


def _proxy(value: str) -> str:
    if value and not re.match(r"https?://[^\s/]+", value):
        raise ValueError(
            f'"{value}" is not a proxy; write for instance "http://proxy.example.org:3128"'
        )
    return value


def _base_url(value: str) -> str:
    """Check where the page stands in public; mails carry it, so it is https but on this machine."""
    address = value.rstrip("/")
    found = _PAGE.fullmatch(address)
    if value and not found:
        cure = 'write for instance "https://digest.example.org"'
        raise ValueError(f'"{value}" is not the address of a page; {cure}')
    if found and found["scheme"] == "http" and not _LOOPBACK.fullmatch(found["host"]):
        raise ValueError(f'"{value}" goes in the clear; write https:// (http:// on this machine)')
    return address


def _path(value: Path) -> Path:
    """Check a path of the configuration, with ~ for a home."""
    if "\0" in str(value):
        raise ValueError("holds a null character; write a path")
    try:
        return value.expanduser()
    except RuntimeError as error:
        raise ValueError(f"{value} cannot be resolved ({error}); write the whole path") from None


def _sender(value: str) -> str:
    """Check ``Name <address>`` or an address alone."""
    from email.utils import parseaddr

    name, address = parseaddr(value)
    if not address or "@" not in address or "@" in name:
        raise ValueError(f'"{value}" is not a sender; write "Digest <digest@example.org>"')
    check_address(address)
    if not address.rpartition("@")[0].isascii():
        raise ValueError(
            f'"{address}" has letters before the @ that not every server takes; use ASCII'
        )
    return value


# Settings of versions to come, by table; none named stands for the whole table. A configuration
# that has them is loaded, and each is warned of.
AHEAD: dict[str, frozenset[str]] = {
    "digest": frozenset({"images", "language"}),
    "window": frozenset({"keep"}),
    "dkim": frozenset(),
    "metrics": frozenset(),
    "bounces": frozenset(),
}


Place = Annotated[Path, AfterValidator(_path)]
Rate = Annotated[float, Field(ge=0, le=100_000)]  # mails a second; 0 for any number


class Digest(Schema):
    """[digest]: what the mail is called and where things lie."""

    title: Annotated[Line, Field(max_length=100)] = "Daily digest"
    database: Place = Path("digest.db")
    cache: Place | None = None
    # A header's line holds 998 characters, and the link in it is this and a token.
    base_url: Annotated[Line, Field(max_length=300), AfterValidator(_base_url)] = ""
    secret_key_file: Place | None = None
    timezone: Zone = "UTC"
    profiles: Place = Path("profiles")
    templates: Place | None = None
    accent: Annotated[str, AfterValidator(_colour)] = "#0b57d0"
    postal_address: Line = ""
    operator: Annotated[Line, AfterValidator(_address_or_none)] = ""


class First(Schema):
    """[window.first]: what a new subscriber is offered at most; days 0 for any."""

    entries: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    days: Annotated[int, Field(ge=0, le=36_600)] = 0


class Window(Schema):
    """[window]: how long an entry may wait to be shown, in days."""

    first: First = First()
    days: Annotated[int, Field(ge=1, le=366)] = 7


class Schedule(Schema):
    """[schedule]: when to pull, and when to send where a profile does not say."""

    pull: Annotated[str, AfterValidator(_pull)] = "every 30m"
    catch_up: Annotated[int, Field(ge=0, le=90)] = 14
    send_at: ClockTime = "07:30"
    days: tuple[Day, ...] = WEEKDAYS


class Sync(Schema):
    """[smtp.sync]: what a loss of power may cost: so many marks, or of so many seconds."""

    marks: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    seconds: Annotated[float, Field(gt=0, le=3600)] = 1


class Smtp(Schema):
    """[smtp]: the server that mails are handed to."""

    host: Annotated[Line, AfterValidator(_host)] = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "none"
    username: Line = ""
    password_file: Place | None = None
    sender: Annotated[Line, AfterValidator(_sender)] = Field(
        default="Daily digest <digest@localhost>", alias="from"
    )
    reply_to: Annotated[Line, AfterValidator(_address_or_none)] = ""
    token_file: Place | None = None
    token_command: tuple[Line, ...] = ()
    connections: Annotated[int, Field(ge=1, le=100)] = 4
    rate: Rate = 0
    rate_per_connection: Rate = 0
    rate_per_domain: Rate = 0
    sync: Sync = Sync()
    timeout: Annotated[float, Field(gt=0, le=3600)] = 60
    retry: Annotated[float, Field(gt=0, le=86_400)] = 60
    deadline: Annotated[float, Field(gt=0, le=24 * 30)] = 24
    linger: Annotated[float, Field(ge=0, le=1440)] = 15
    on_uncertain: Literal["retry", "hold"] = "retry"

    @model_validator(mode="after")
    def _login_is_whole(self) -> Smtp:
        if self.password_file and not self.username:
            raise ValueError("has a password_file but no username; add username")
        if (self.token_file or self.token_command) and not self.username:
            raise ValueError("has a token but no username; add username")
        if bool(self.token_file) + bool(self.token_command) + bool(self.password_file) > 1:
            ways = "password_file, token_file and token_command"
            raise ValueError(f"has more than one of {ways}; keep one")
        return self


class Embed(Schema):
    """[embed]: the language model: auto, minilm, wordllama, none, or a folder with one."""

    model: Line = "auto"


class Http(Schema):
    """[http]: how sources are fetched."""

    user_agent: Annotated[Line, AfterValidator(_ascii)] = (
        "digest/0.1 (+mailto:postmaster@localhost)"
    )
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    max_bytes: Annotated[int, Field(ge=1000, le=1_000_000_000)] = 20_000_000
    allow_private_networks: bool = False
    proxy: Annotated[Line, AfterValidator(_proxy)] = ""


class Web(Schema):
    """[web]: where the page listens; base_url says how the world reaches it."""

    host: Annotated[Line, AfterValidator(_host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080


class Parse(Schema):
    """[parse]: what reading one listing may cost."""

    seconds: Annotated[float, Field(gt=0, le=600)] = 2
    megabytes: Annotated[int, Field(ge=50, le=100_000)] = 200
