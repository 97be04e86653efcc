"""Fixtures: a clock that moves, servers of this machine, and a project folder to work in."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from click.testing import CliRunner, Result

from digest import subscriptions
from digest.app import App
from digest.cli import cli
from digest.config import load
from digest.errors import ResolverError
from digest.fetch import Fetcher, Limits
from digest.model import Delivery
from digest.store import Store
from integration.servers import LOOPBACK, Mailbox, Web, smtp

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday


class Clock:
    """A fixed time that moves a millisecond a look, and as far as one sleeps."""

    def __init__(self, at: datetime = NOON) -> None:
        """Begin at a time."""
        self.at = at
        self.slept: list[float] = []
        self.then: Callable[[], None] = lambda: None  # what happens after each sleep

    def __call__(self) -> datetime:
        """Give the time."""
        self.at += timedelta(milliseconds=1)
        return self.at

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        self.then()


def taking_once(clock: Clock, store: Store, seconds: float) -> None:
    """Have another sender take a turn of so many seconds as soon as they have passed, once."""
    turn = timedelta(seconds=seconds)
    at = clock.at + turn

    def take() -> None:
        if clock.at >= at:
            clock.then = lambda: None
            with store.transaction():
                store.turns.put({"all": clock.at + turn})

    clock.then = take


def item(number: int, title: str = "", **more: object) -> dict[str, object]:
    """Make a JSON Feed item: a paper on arXiv about graphs."""
    url = f"https://arxiv.org/abs/2601.{number:05d}"
    title = title or f"Graph networks, part {number}"
    known = {"id": url, "url": url, "title": title, "content_text": "Of graphs."}
    return known | {"date_published": "2026-01-05T00:00:00Z"} | more


def feed_of(*items: dict[str, object]) -> bytes:
    """Make a JSON Feed."""
    version = "https://jsonfeed.org/version/1.1"
    return json.dumps({"version": version, "title": "Papers", "items": items}).encode()


@dataclass
class Project:
    """A folder with a configuration, profiles and a listing, and what is done with them."""

    folder: Path
    clock: Clock
    port: int
    smtp: str = "linger = 0"
    http: str = "timeout = 1"
    base_url: str = ""
    digest: str = ""
    secrets: str = "a secret for tests, long enough"
    web_port: int = 8080
    page: str = ""
    tables: str = ""
    sources: list[str] = field(default_factory=lambda: ['kind = "file"\npath = "papers.json"'])

    @property
    def config(self) -> Path:
        """Write config.toml and give its path."""
        path = self.folder / "config.toml"
        page = ""
        if self.base_url or "[bounces]" in self.tables:
            page = f'base_url = "{self.base_url}"\nsecret_key_file = "secret-key"\n'
            (self.folder / "secret-key").write_text(self.secrets, encoding="utf-8")
            (self.folder / "secret-key").chmod(0o600)
        head = f'[digest]\ntitle = "Papers"\n{page}{self.digest}\n'
        head += f'[http]\n{self.http}\n\n[smtp]\nhost = "{LOOPBACK}"\n'
        server = f'port = {self.port}\nfrom = "Digest <digest@example.org>"\n{self.smtp}\n'
        server += f"\n[web]\nport = {self.web_port}\n{self.page}\n" if self.base_url else ""
        server += f"\n{self.tables}\n"
        tables = "".join(f"\n[[source]]\n{source}\n" for source in self.sources)
        path.write_text(head + server + tables, encoding="utf-8")
        return path

    @property
    def app(self) -> App:
        """Wire the configuration up with the clock."""
        return App(config=load(self.config, {}), now=self.clock, sleep=self.clock.sleep)

    @property
    def database(self) -> Path:
        """Give the database's path."""
        return self.folder / "digest.db"

    def papers(self, *numbers: int) -> None:
        """Write the listing that the file source reads."""
        body = feed_of(*(item(number) for number in numbers))
        (self.folder / "papers.json").write_bytes(body)

    def profile(self, email: str, settings: str = "", keyword: str = "graph*") -> Path:
        """Write a profile that is interested in graphs and is due from midnight."""
        path = self.folder / "profiles" / f"{email.partition('@')[0]}.toml"
        path.parent.mkdir(exist_ok=True)
        lines = [f'email = "{email}"']
        lines += [] if "send_at" in settings else ['send_at = "00:00"']
        lines += [settings, f'[[interest]]\nname = "Graphs"\nkeywords = ["{keyword}"]\n']
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def subscribe(self, *emails: str, settings: str = "", keyword: str = "graph*") -> None:
        """Write a profile for each address and apply it."""
        paths = [self.profile(email, settings, keyword) for email in emails]
        app = self.app
        files, problems = subscriptions.read(paths, app.defaults)
        assert problems == []
        with app.store() as store:
            subscriptions.apply(store, files)

    def outbox(self) -> list[Delivery]:
        """Read all deliveries, the newest first."""
        with self.app.store() as store:
            return list(store.outbox.all())

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Read a table as it is."""
        with self.app.store() as store:
            return [dict(row) for row in store._db.query(f"SELECT * FROM {table}")]  # noqa: SLF001

    def tomorrow(self, days: int = 1) -> None:
        """Let days go by."""
        self.clock.at += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    """Begin on a Monday at noon, UTC."""
    return Clock()


@pytest.fixture
def web() -> Iterator[Web]:
    """Run an HTTP server."""
    server = Web()
    yield server
    server.close()


@pytest.fixture
def box() -> Mailbox:
    """Have a mailbox that accepts everything."""
    return Mailbox()


@pytest.fixture
def mail_port(box: Mailbox) -> Iterator[int]:
    """Run an SMTP server for the mailbox."""
    with smtp(box) as port:
        yield port


@pytest.fixture
def project(tmp_path: Path, clock: Clock, mail_port: int) -> Project:
    """Have a project with three papers and nobody subscribed."""
    made = Project(tmp_path, clock, mail_port)
    made.papers(1, 2, 3)
    return made


@dataclass
class Cli:
    """Runs commands in the project."""

    project: Project

    def __call__(self, *arguments: str, config: Path | Literal[""] | None = "") -> Result:
        """Run a command with the project's configuration, another one, or None."""
        path = self.project.config if config == "" else config
        head = ["--config", str(path)] if path else []
        return CliRunner().invoke(cli, [*head, *arguments])

    def json(self, *arguments: str) -> Any:  # noqa: ANN401 whatever is printed
        """Run a command and read the JSON it prints, with nothing else beside it."""
        return json.loads(self(*arguments).stdout)


class NoAnswer:
    """A DNS that does not answer."""

    def mx(self, name: str) -> tuple[str, ...]:
        """Answer nothing."""
        del name
        raise ResolverError("the DNS does not answer in time")


@pytest.fixture(name="cli")
def cli_(project: Project, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run commands in the project's folder, without a DNS; the clock begins at the true time."""
    monkeypatch.chdir(project.folder)
    monkeypatch.setattr("digest.lookup.Lookup", NoAnswer)
    project.clock.at = datetime.now(UTC)
    return Cli(project)


@pytest.fixture
def fetcher(clock: Clock) -> Fetcher:
    """Fetch from this machine too, within a hundred thousand bytes, on a machine that is busy."""
    return _fetching(clock, 20.0)


@pytest.fixture
def hasty(clock: Clock) -> Fetcher:
    """Fetch as ``fetcher`` does, within a second."""
    return _fetching(clock, 1.0)


def _fetching(clock: Clock, seconds: float) -> Fetcher:
    limits = Limits(
        user_agent="tests", timeout=seconds, max_bytes=100_000, allow_private_networks=True
    )
    return Fetcher(limits, now=clock, sleep=clock.sleep)


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for this machine: a server's context, and one that trusts it."""

    server: ssl.SSLContext
    trusting: ssl.SSLContext


def _openssl(arguments: Sequence[str]) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def made_certificate(folder: Path) -> Certificate:
    """Make a certificate by openssl, in a folder."""
    key, file = folder / "key.pem", folder / "cert.pem"
    made = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests".split()
    names = ["-addext", f"subjectAltName=IP:{LOOPBACK}"]
    _openssl([*made, *names, "-keyout", str(key), "-out", str(file)])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key)
    return Certificate(server, ssl.create_default_context(cafile=str(file)))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Have a certificate, where openssl is there to make one."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    return made_certificate(tmp_path_factory.mktemp("certificate"))
