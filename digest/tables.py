"""The tables of config.toml: each setting with its default and its check."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from digest import values
from digest.model import WEEKDAYS
from digest.schema import (
    AfterValidator,
    ClockTime,
    Day,
    Field,
    Line,
    PlainValidator,
    Schema,
    Zone,
    model_validator,
)

_KEEP_LEAST = 31  # days: no delivery is tried for longer
_LACKING = {"domain": "example.org", "selector": "digest"}


Schedules = Annotated[str, AfterValidator(values.pull)]
Place = Annotated[Path, AfterValidator(values.path)]
Rate = Annotated[float, Field(ge=0, le=100_000)]  # mails a second; 0 for any number


class Logo(Schema):
    """[digest.logo]: an image above the title, shown where images are."""

    url: Annotated[Line, AfterValidator(values.image)]
    width: Annotated[int, Field(ge=1, le=560)]
    height: Annotated[int, Field(ge=1, le=200)]


class Digest(Schema):
    """[digest]: what the mail is called and where things lie."""

    title: Annotated[Line, Field(max_length=100)] = "Daily digest"
    database: Place = Path("digest.db")
    cache: Place | None = None
    # A header's line holds 998 characters, and the link in it is this and a token.
    base_url: Annotated[Line, Field(max_length=300), AfterValidator(values.base_url)] = ""
    secret_key_file: Place | None = None
    timezone: Zone = "UTC"
    language: Literal["en", "de", "ar"] = "en"
    profiles: Place = Path("profiles")
    templates: Place | None = None
    accent: Annotated[str, AfterValidator(values.colour)] = "#0b57d0"
    images: Annotated[Literal[False, True, "attached"], PlainValidator(values.images)] = False
    logo: Logo | None = None
    postal_address: Line = ""
    operator: Annotated[Line, AfterValidator(values.address_or_none)] = ""


class First(Schema):
    """[window.first]: what a new subscriber is offered at most; days 0 for any."""

    entries: Annotated[int, Field(ge=1, le=1_000_000)] = 500
    days: Annotated[int, Field(ge=0, le=36_600)] = 0


class Window(Schema):
    """[window]: how long an entry may wait to be shown, in days."""

    first: First = First()
    days: Annotated[int, Field(ge=1, le=366)] = 7
    keep: Annotated[int, Field(ge=0, le=36_600)] = 365

    @model_validator(mode="after")
    def _keep_covers_the_window(self) -> Window:
        if 0 < self.keep < max(self.days, _KEEP_LEAST):
            least = max(self.days, _KEEP_LEAST)
            raise ValueError(f"has keep = {self.keep}; write {least} days or more, or 0 for ever")
        return self


class Schedule(Schema):
    """[schedule]: when to pull and read bounces; when to send where a profile does not say."""

    pull: Schedules = "every 30m"
    bounces: Schedules = "every 1h"
    catch_up: Annotated[int, Field(ge=0, le=90)] = 14
    send_at: ClockTime = "07:30"
    days: tuple[Day, ...] = WEEKDAYS


class Sync(Schema):
    """[smtp.sync]: what a loss of power may cost: so many marks, or of so many seconds."""

    marks: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    seconds: Annotated[float, Field(gt=0, le=3600)] = 1


class Smtp(Schema):
    """[smtp]: the server that mails are handed to."""

    host: Annotated[Line, AfterValidator(values.host)] = "localhost"
    port: Annotated[int, Field(ge=1, le=65535)] = 25
    security: Literal["none", "starttls", "tls"] = "none"
    username: Line = ""
    password_file: Place | None = None
    sender: Annotated[Line, AfterValidator(values.sender)] = Field(
        default="Daily digest <digest@localhost>", alias="from"
    )
    reply_to: Annotated[Line, AfterValidator(values.address_or_none)] = ""
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


class Dkim(Schema):
    """[dkim]: the key that signs each mail; without a domain, the mail server may sign."""

    domain: Annotated[Line, AfterValidator(values.name_or_none)] = ""
    selector: Annotated[Line, AfterValidator(values.name_or_none)] = ""
    key_file: Place | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Dkim:
        if (self.domain or self.key_file) and not (self.domain and self.selector):
            lacking = "selector" if self.domain else "domain"
            raise ValueError(f'has no {lacking}; add {lacking}, as "{_LACKING[lacking]}"')
        return self


class Imap(Schema):
    """[bounces] imap: a mailbox to read, over TLS."""

    host: Annotated[Line, AfterValidator(values.host)]
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    username: Line
    password_file: Place | None = None
    folder: Annotated[Line, Field(min_length=1, max_length=200)] = "INBOX"


class Soft(Schema):
    """[bounces] soft: so many within so many days suppress."""

    mails: Annotated[int, Field(ge=1, le=1000)] = 5
    days: Annotated[int, Field(ge=1, le=365)] = 30


class Bounces(Schema):
    """[bounces]: where mails come back to, and what they count."""

    address: Annotated[Line, AfterValidator(values.return_address)] = ""
    soft: Soft = Soft()
    imap: Imap | None = None


class Embed(Schema):
    """[embed]: the language model: auto, minilm, wordllama, none, or a folder with one."""

    model: Line = "auto"


class Http(Schema):
    """[http]: how sources are fetched."""

    user_agent: Annotated[Line, AfterValidator(values.ascii_only)] = (
        "digest/0.1 (+mailto:postmaster@localhost)"
    )
    timeout: Annotated[float, Field(gt=0, le=600)] = 30
    max_bytes: Annotated[int, Field(ge=1000, le=1_000_000_000)] = 20_000_000
    allow_private_networks: bool = False
    proxy: Annotated[Line, AfterValidator(values.proxy)] = ""


class Web(Schema):
    """[web]: where the page listens, and what it offers; base_url says how one reaches it."""

    host: Annotated[Line, AfterValidator(values.host)] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8080
    signup: bool = False


class Log(Schema):
    """[log]: how the daemon and the page say what they do, on standard error."""

    format: Literal["text", "json"] = "text"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Metrics(Schema):
    """[metrics]: where the daemon says how it stands; on this machine alone."""

    listen: Annotated[Line, AfterValidator(values.loopback)] = ""


class Parse(Schema):
    """[parse]: what reading one listing may cost."""

    seconds: Annotated[float, Field(gt=0, le=600)] = 2
    megabytes: Annotated[int, Field(ge=50, le=100_000)] = 200
