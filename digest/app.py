"""Wires a configuration into working parts: the one place where they meet."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from digest import notices, pictures, pipeline, pull, sending
from digest.budget import Budget
from digest.choice import Window
from digest.config import Config
from digest.confined import Allowance
from digest.deliver import Desk, unheard
from digest.embed import AUTO, INSTALL, open_model
from digest.fetch import Fetcher, Limits
from digest.links import PageLinks
from digest.meaning import Meaning
from digest.meaning import unheard as unheard_words
from digest.model import Delivery, Digest, Listing, SendResult, Source
from digest.outgoing import postage
from digest.parse import Parsers
from digest.pipeline import Report
from digest.planning import Fit, Wiring, due_editions, plan_editions
from digest.profile import Defaults
from digest.pull import Pulled
from digest.render import Renderer, message_id
from digest.store import Store, open_store
from digest.store.database import copied
from digest.subscriptions import Names
from digest.tokens import Tokens
from digest.transports import Transport
from digest.transports.smtp import SmtpTransport
from digest.view import Links, Look, Picture
from digest.visit import Puller

# Beside the package in a checkout, within it once installed (pyproject.toml puts them there).
_BUNDLED = (Path(__file__).parent / "templates", Path(__file__).parent.parent / "templates")


def bundled() -> tuple[Path, ...]:
    """Give the folders of the templates that come with the program."""
    return tuple(folder for folder in _BUNDLED if folder.is_dir())


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """A configuration with the clock, ready to make the parts that commands work with."""

    config: Config
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    stopped: Callable[[], bool] = lambda: False
    told: Callable[[str], None] = unheard_words
    command: str = "run"

    @contextmanager
    def store(self, *, create: bool = True) -> Iterator[Store]:
        """Open the database for a while; says so if it was an older version's."""
        with open_store(self.config.digest.database, create=create) as store:
            if store.upgraded:
                self.told(
                    f"warning: {store.path}: was brought up to date; an older digest cannot open it"
                )
            yield store

    def fetcher(self, timeout: float = math.inf, max_bytes: float = math.inf) -> Fetcher:
        """Make the HTTP client, within the limits of the configuration and those given."""
        http = self.config.http
        return Fetcher(
            Limits(
                user_agent=http.user_agent,
                timeout=min(http.timeout, timeout),
                max_bytes=int(min(http.max_bytes, max_bytes)),
                allow_private_networks=http.allow_private_networks,
                proxy=http.proxy,
            ),
            now=self.now,
            sleep=self.sleep,
        )

    @property
    def look(self) -> Look:
        """What every mail shares."""
        return Look(
            title=self.config.digest.title,
            sender=self.config.smtp.sender,
            reply_to=self.config.smtp.reply_to,
            accent=self.config.digest.accent,
            postal_address=self.config.digest.postal_address,
            logo=self._logo,
            images=self.config.digest.images is True,
        )

    @property
    def _logo(self) -> Picture | None:
        """The operator's logo, silent beside the title; none unless images are asked for."""
        logo = self.config.digest.logo
        if logo is None or self.config.digest.images is not True:
            return None
        return Picture(url=logo.url, alt="", width=logo.width, height=logo.height)

    def renderer(self, *, signed: bool = True, links: Links | None = None) -> Renderer:
        """Make the renderer; the operator's templates come before ours, ``links`` before others.

        Raises:
            SettingsError: the mails are to be ``signed``, and the key cannot be used.
        """
        own = self.config.digest.templates
        folders = [own] if own else []
        put_on = postage(self.config) if signed else None
        return Renderer(self.look, [*folders, *bundled()], links or self.links(), put_on)

    def tokens(self) -> Tokens:
        """Make what signs and verifies the links in mails."""
        return Tokens(self.config.secrets)

    def links(self) -> PageLinks | None:
        """Make the links to the page, if there is one."""
        base_url = self.config.digest.base_url
        return PageLinks(base_url=base_url, tokens=self.tokens()) if base_url else None

    def fit(self, renderer: Renderer, store: Store | None) -> Fit:
        """Make what brings digests to the size of a mail, with the pictures that are kept."""
        budget = Budget(scales=renderer)
        if store is None:
            return budget.fit
        pictured = self.pictured(store)
        return lambda some: budget.fit([(pictured(digest), who) for digest, who in some])

    def pictured(self, store: Store) -> Callable[[Digest], Digest]:
        """Make what gives digests the pictures that are kept, if mails carry any."""
        return pictures.album(store) if self.carries else lambda digest: digest

    @property
    def carries(self) -> bool:
        """Whether mails carry their pictures themselves."""
        return self.config.digest.images == "attached"

    def transport(self) -> SmtpTransport:
        """Make the SMTP client."""
        return sending.transport(self.config, self.sleep)

    def meaning(self) -> Meaning:
        """Make what gives texts their vectors.

        Raises:
            ModelError: the configured model is not there.
        """
        cache = self.config.digest.cache
        assert cache is not None  # noqa: S101 config fills it in
        embedder = open_model(self.config.embed.model)
        return Meaning(embedder=embedder, folder=cache, told=self.told)

    @property
    def remark(self) -> str:
        """Say that words alone count, where a model was wanted and none is there; or ""."""
        if self.config.embed.model != AUTO or open_model(AUTO) is not None:
            return ""
        return f"entries are ranked by words alone: no language model is installed; {INSTALL}"

    @property
    def defaults(self) -> Defaults:
        """What profiles take from the configuration."""
        return Defaults(
            timezone=self.config.digest.timezone,
            send_at=self.config.schedule.send_at,
            days=self.config.schedule.days,
            language=self.config.digest.language,
        )

    def names(self) -> Names:
        """Name what profiles may name."""
        return Names(
            sources=tuple(source.name for source in self.config.sources),
            templates=self.renderer(signed=False).names(),
        )

    @property
    def window(self) -> Window:
        """How long entries wait to be shown."""
        window = self.config.window
        return Window(
            days=window.days,
            first_entries=window.first.entries,
            first_days=window.first.days,
        )

    def wiring(self, store: Store, renderer: Renderer) -> Wiring:
        """Make what a pass works with."""
        look = self.look
        return Wiring(
            store=store,
            sources=self.config.sources,
            window=self.window,
            message_id=lambda subscriber_id, day: message_id(subscriber_id, day, look),
            meaning=self.meaning(),
            pictured=self.pictured(store),
            fit=Budget(scales=renderer).fit,
            now=self.now,
            stopped=self.stopped,
        )

    def run(
        self,
        *,
        day: date | None = None,
        only: str = "",
        told: Callable[[Delivery, SendResult], None] = unheard,
        fetch: bool = True,
        linger: timedelta | None = None,
    ) -> Report:
        """Do one pass and give what it did.

        ``day`` makes that date's editions due; ``only`` is one subscriber's id; ``told`` hears
        of each delivery's outcome; without ``fetch`` what is stored is sent; ``linger`` is how
        long to wait for retries, else as configured.

        Raises:
            LockedError: another pass is under way on this database.
            UnknownError: editions as old as ``day`` are pruned.
        """
        renderer = self.renderer()
        with self.store() as store, store.lock(self.command):
            started = self.now()
            pipeline.refuse_pruned(store, day)
            store.outbox.recover(started)
            pulled = self._pull(self.config.sources, store) if fetch else []
            wiring = self.wiring(store, renderer)
            planned = plan_editions(wiring, due_editions(wiring, day, only))
            with self.transport() as transport:
                desk = Desk(
                    store=store,
                    render=renderer.render,
                    transport=transport,
                    patience=sending.patience(self.config.smtp),
                    rates=sending.rates(self.config.smtp),
                    safety=sending.safety(self.config.smtp),
                    now=self.now,
                    stopped=self.stopped,
                    told=told,
                )
                if linger is None:
                    linger = timedelta(minutes=self.config.smtp.linger)
                trouble = pipeline.send(desk, linger, self.sleep, only) or self._notify(
                    store, transport
                )
            found = pipeline.report(store, started, planned, pulled, trouble)
            if found.editions or pulled or trouble:
                store.runs.add("run", started, self.now(), found.as_json())
            store.days.note_subscribers(self.now().date())
            if not self.stopped():
                pipeline.prune(store, self.config.window.keep, self.now())
        return found

    def _notify(self, store: Store, transport: Transport) -> str:
        """Tell the operator of sources that have failed for days; gives what kept it, or ""."""
        now = self.now()
        if self.stopped():
            return ""
        return notices.tell(
            notices.overdue(self.config.sources, store, now),
            sender=self.config.smtp.sender,
            operator=self.config.digest.operator,
            store=store,
            transport=transport,
            postage=postage(self.config),
            now=now,
        )

    def dry_run(self, *, day: date | None = None, only: str = "") -> Report:
        """Do all of a pass but the sending, on a copy of the database that is thrown away."""
        with copied(self.config.digest.database) as copy, open_store(copy) as store:
            started = self.now()
            pipeline.refuse_pruned(store, day)
            pulled = self._pull(self.config.sources, store)
            wiring = self.wiring(store, self.renderer())
            planned = plan_editions(wiring, due_editions(wiring, day, only))
            return pipeline.report(store, started, planned, pulled, "")

    def pull(self, names: tuple[str, ...] = (), since: date | None = None) -> list[Pulled]:
        """Pull the sources named, or all, and store what is new.

        A source that is named is asked even if it would be left alone after failures; ``since``
        asks for every day from a date on.
        """
        chosen = pull.named(self.config.sources, names)
        with self.store() as store:
            return self._pull(chosen, store, since=since, at_once=bool(names))

    def _pull(
        self,
        chosen: Sequence[Source],
        store: Store,
        *,
        since: date | None = None,
        at_once: bool = False,
    ) -> list[Pulled]:
        with self.parsers() as parsers:
            puller = Puller(
                fetcher=self.fetcher(),
                parsers=parsers,
                store=store,
                now=self.now(),
                catch_up_days=self.config.schedule.catch_up,
                since=since,
                at_once=at_once,
            )
            pulled = pull.pull(chosen, puller)
        if self.carries:
            self._gather(store)
        return pulled

    def _gather(self, store: Store) -> None:
        """Keep the pictures of what may be shown, as far as they are not kept yet."""
        now = self.now()
        fetcher = self.fetcher(pictures.TIMEOUT, pictures.MAX_BYTES)
        since = now - timedelta(days=self.config.window.days)
        gatherer = pictures.Gatherer(store=store, fetcher=fetcher, now=now, stopped=self.stopped)
        gatherer.gather(store.entries.since(since))

    def parsers(self) -> Parsers:
        """Make the parsers of listings; a context."""
        limits = self.config.parse
        return Parsers(Allowance(seconds=limits.seconds, megabytes=limits.megabytes))

    def try_source(self, name: str) -> Listing:
        """Fetch and parse one source without storing anything.

        Raises:
            SourceError: it gave nothing that can be used.
        """
        source = pull.named(self.config.sources, [name])[0]
        with self.parsers() as parsers:
            return pull.tried(source, self.fetcher(), parsers)
