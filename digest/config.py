"""The configuration: config.toml as checked, frozen values."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from digest import sources
from digest.errors import Problem, SettingsError
from digest.model import Source
from digest.schema import (
    Schema,
    locate,
    nearest,
    options,
    read_toml,
    validate,
)
from digest.tables import (
    Bounces,
    Digest,
    Dkim,
    Embed,
    Http,
    Log,
    Metrics,
    Parse,
    Schedule,
    Smtp,
    Web,
    Window,
)

FILE = "config.toml"
VARIABLE = "DIGEST_CONFIG"
_SECRET_LEAST = 16
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class _File(Schema):
    digest: Digest = Digest()
    window: Window = Window()
    schedule: Schedule = Schedule()
    smtp: Smtp = Smtp()
    http: Http = Http()
    parse: Parse = Parse()
    embed: Embed = Embed()
    web: Web = Web()
    log: Log = Log()
    metrics: Metrics = Metrics()
    dkim: Dkim = Dkim()
    bounces: Bounces = Bounces()
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
    embed: Embed
    web: Web
    log: Log
    metrics: Metrics
    dkim: Dkim
    bounces: Bounces
    sources: tuple[Source, ...]
    password: str = ""
    imap_password: str = ""
    dkim_key: str = ""
    secrets: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def hidden(self) -> tuple[str, ...]:
        """All secrets, for what must never be told."""
        texts = (self.password, self.imap_password, *self.secrets, *self.dkim_key.splitlines())
        userinfo = urlsplit(self.http.proxy).password or ""
        return tuple(text for text in (*texts, userinfo) if text)

    def __repr__(self) -> str:
        """Name the file only: a configuration holds secrets."""
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
    from platformdirs import user_config_path

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
    settled = _settled(file, path, path.resolve().parent, found, environ)
    _signs(settled, path, text)
    return settled


def _signs(settled: Config, path: Path, text: str) -> None:
    """Check that there is a secret, if anything is to be signed with it.

    Raises:
        SettingsError: there is none.
    """
    wanting = [
        ("digest", "base_url", settled.digest.base_url, "links"),
        ("bounces", "address", settled.bounces.address, "return paths"),
    ]
    for table, key, value, what in wanting:
        if value and not settled.secrets:
            place = f"{path}:{locate(text, (table, key))}: {table}.{key}"
            file = _make_one(path.with_name("secret-key"))
            under = "" if table == "digest" else " under [digest]"
            cure = f'{file}, and add secret_key_file = "secret-key"{under}'
            raise SettingsError([Problem(place, f"has no secret to sign {what} with", cure)])


def _settled(
    file: _File,
    path: Path | None,
    base: Path,
    found: tuple[Source, ...],
    environ: Mapping[str, str],
) -> Config:
    """Make paths absolute and fetch the secrets."""
    # Imported here with what it looks up: only what ranks or keeps vectors asks for the folder.
    from platformdirs import user_cache_path

    model = file.embed.model
    if "/" in model:
        model = str(base / os.path.expanduser(model))  # noqa: PTH111 "minilm" must stay as it is
    folders = {
        "cache": base / file.digest.cache if file.digest.cache else user_cache_path("digest"),
        "database": base / file.digest.database,
        "profiles": base / file.digest.profiles,
        "templates": base / file.digest.templates if file.digest.templates else None,
    }
    smtp = file.smtp
    if smtp.token_file:
        smtp = smtp.model_copy(update={"token_file": base / os.path.expandvars(smtp.token_file)})
    mailbox = file.bounces.imap.password_file if file.bounces.imap else None
    texts = {
        "smtp.password_file": ("DIGEST_SMTP_PASSWORD", smtp.password_file),
        "bounces.imap.password_file": ("DIGEST_IMAP_PASSWORD", mailbox),
        "dkim.key_file": ("DIGEST_DKIM_KEY", file.dkim.key_file),
    }
    read = [
        _secret(name, named, environ.get(variable, ""), base)
        for name, (variable, named) in texts.items()
    ]
    secrets, warnings = _secrets(file.digest.secret_key_file, base, environ)
    if smtp.token_file and smtp.token_file.exists() and _is_shared(smtp.token_file):
        warnings = (_shared("smtp.token_file", smtp.token_file), *warnings)
    password, imap_password, dkim_key = (text for text, _ in read)
    return Config(
        path=path,
        digest=file.digest.model_copy(update=folders),
        window=file.window,
        schedule=file.schedule,
        smtp=smtp,
        http=file.http,
        parse=file.parse,
        embed=file.embed.model_copy(update={"model": model}),
        web=file.web,
        log=file.log,
        metrics=file.metrics,
        dkim=file.dkim,
        bounces=file.bounces,
        sources=found,
        password=password,
        imap_password=imap_password,
        dkim_key=dkim_key,
        secrets=secrets,
        warnings=(*(said for _, more in read for said in more), *warnings),
    )


def _secret(name: str, named: Path | None, given: str, base: Path) -> tuple[str, tuple[str, ...]]:
    """Read a secret from the environment or its file; it never stands in config.toml itself."""
    if given or named is None:
        return given, ()
    what = "key" if name.endswith("key_file") else "password"
    cure = f"make a file that holds the {what} alone, readable by you only"
    text, warnings = _secret_text(name, base, named, cure)
    return text.strip("\r\n"), warnings


def _secrets(
    named: Path | None, base: Path, environ: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the secrets that sign links, one a line, from $DIGEST_SECRET_KEY or their file."""
    file = base / os.path.expandvars(named or "secret-key")
    place, text = "$DIGEST_SECRET_KEY", environ.get("DIGEST_SECRET_KEY", "")
    warnings: tuple[str, ...] = ()
    if not text and named is not None:
        cure = "make a file that holds a secret a line, readable by you only"
        place = "digest.secret_key_file"
        text, warnings = _secret_text(place, base, named, cure)
        place = f"{place}: {file}"
    secrets = tuple(line.strip() for line in text.splitlines() if line.strip())
    if (named or text) and not secrets:
        raise SettingsError([Problem(place, "holds no secret", _make_one(file))])
    if any(len(secret) < _SECRET_LEAST for secret in secrets):
        fault = f"holds a secret of fewer than {_SECRET_LEAST} characters"
        raise SettingsError([Problem(place, fault, _make_one(file))])
    return secrets, warnings


def _make_one(file: Path) -> str:
    """Say how to add a secret to a file that only its owner can read."""
    return f"make one: (umask 077; head -c 32 /dev/urandom | base64 >> {file})"


def _secret_text(name: str, base: Path, named: Path, cure: str) -> tuple[str, tuple[str, ...]]:
    """Read the file that the setting ``name`` names; a warning if others can read it too."""
    file = base / os.path.expandvars(named)
    try:
        text = file.read_text(encoding="utf-8")
        shared = _is_shared(file)
    except (OSError, UnicodeDecodeError) as error:
        fault = f"cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})"
        raise SettingsError([Problem(f"{name}: {file}", fault, cure)]) from None
    return text, (_shared(name, file),) if shared else ()


def _is_shared(file: Path) -> bool:
    return bool(file.stat().st_mode & _OTHERS)


def _shared(name: str, file: Path) -> str:
    return f"{name}: {file}: others can read it; run chmod 600 on it"


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
