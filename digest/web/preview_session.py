"""What the preview of one profile keeps between requests, and when it has to be made anew."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from digest import config, reading
from digest.amend import amend, fingerprint
from digest.app import App, bundled
from digest.bibliography import SUFFIXES
from digest.errors import DigestError
from digest.meaning import Meaning
from digest.model import Digest, Message, Subscriber
from digest.plan import local_date
from digest.reading import Listed
from digest.render import Renderer
from digest.trial import Chosen, Offer, Terms, Trial, offer, terms_of, tried
from digest.watching import stamp
from digest.web.preview_asked import Asked, changes

_KEPT = 6  # dates, and mails, that are not made anew
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class State:
    """What there is to show: the last that was good, and in ``trouble`` why it is not newer.

    ``mail`` is None where none was asked for, and ``is_current`` unless its template is wrong.
    ``seen`` is the fingerprint of the profile's ``file``; "" where there is none to write to.
    """

    subscriber: Subscriber
    saved: Terms
    today: date
    chosen: Chosen
    before: Chosen
    offered: Offer
    mail: tuple[Message, Digest] | None
    is_current: bool
    trouble: tuple[str, ...]
    file: Path | None
    seen: str
    version: str


@dataclass(slots=True)
class _Kept:
    """What was made of the files as they were last good."""

    app: App
    subscriber: Subscriber | None = None
    notes: tuple[str, ...] = ()
    seen: str = ""
    listed: Listed | None = None
    meaning: Meaning | None = None
    renderer: Renderer | None = None
    offers: dict[tuple[date, date], Offer] = field(default_factory=dict)
    trials: dict[tuple[date, date], Trial] = field(default_factory=dict)
    mails: dict[tuple[date, Terms], tuple[Message, Digest]] = field(default_factory=dict)
    last_trial: Trial | None = None
    last_offer: Offer | None = None
    last_mail: tuple[Message, Digest] | None = None


class Session:
    """The preview of one PROFILE|EMAIL. One request at a time is answered."""

    def __init__(self, app: App, who: str, listings: Sequence[str] = ()) -> None:
        """Choose from the store, or from ``listings``; nothing is read yet."""
        self.label = Path(who).name if Path(who).is_file() else who
        self._who, self._listings = who, tuple(listings)
        self._kept = _Kept(app=app)
        self._stamps: dict[str, str] = {}
        self._trouble: dict[str, DigestError] = {}
        self._nonce = secrets.token_hex(4)  # another process, another page
        self._lock = threading.Lock()

    @property
    def file(self) -> Path | None:
        """Give the profile's file, if it is one of its own."""
        path = Path(self._who)
        return path if path.suffix == ".toml" and path.is_file() else None

    @property
    def version(self) -> str:
        """Give what changes with the profile, a dot, and what changes with all else."""
        now = self._look_at_files()
        rest = f"{now['configuration']}{now['templates']}{now['listings']}"
        return f"{now['profile']}.{rest}{self._nonce}"

    def _look_at_files(self) -> dict[str, str]:
        app, who = self._kept.app, Path(self._who)
        own = app.config.digest.templates
        database = app.config.digest.database
        found = {
            "configuration": [app.config.path] if app.config.path else [],
            "profile": [who, *_libraries(who)],
            "templates": [*([own] if own else []), *bundled()],
            "listings": [Path(name) for name in self._listings],
            "database": [database, database.with_name(f"{database.name}-wal")],
        }
        return {name: stamp(paths) for name, paths in found.items()}

    def state(self, asked: Asked) -> State:
        """Give what there is to show.

        Raises:
            DigestError: there is nothing good to show yet.
        """
        with self._lock:
            version = self.version
            self._refresh()
            subscriber = self._kept.subscriber
            if subscriber is None:
                raise next(iter(self._trouble.values()))
            trial, offered = self._trial(subscriber, asked.day)
            saved = terms_of(trial.subscriber.profile)
            terms = asked.terms(trial.subscriber.profile)
            chosen = trial.as_saved if terms == saved else trial.at(terms)
            mail = None if asked.quick else self._mail(chosen)
            return State(
                subscriber=trial.subscriber,
                saved=saved,
                today=local_date(self._kept.app.now(), subscriber.timezone),
                chosen=chosen,
                before=trial.as_saved,
                offered=offered,
                mail=mail,
                is_current="templates" not in self._trouble,
                trouble=tuple(map(str, self._trouble.values())),
                file=self.file,
                seen=self._kept.seen,
                version=version,
            )

    def write(self, asked: Asked, seen: str) -> Path:
        """Write what is asked for into the profile's file, if its fingerprint is still ``seen``.

        Raises:
            ChangedError: it is not; nothing is written.
            DigestError: there is no such file, or it cannot be written.
        """
        with self._lock:
            self._refresh()
            if self.file is None or self._kept.subscriber is None:
                raise DigestError(f"{self._who}: is no profile file that can be written")
            profile = self._kept.subscriber.profile
            limit, thresholds = changes(asked.terms(profile), terms_of(profile))
            amend(self.file, seen, limit, thresholds)
            return self.file

    def _refresh(self) -> None:
        """Read again what has changed; what is wrong stays as it was."""
        now = self._look_at_files()
        changed = {name for name, found in now.items() if self._stamps.get(name) != found}
        if "configuration" in changed:
            self._attempt("configuration", self._configure)
        if changed & {"profile", "configuration"} or (changed and self.file is None):
            self._attempt("profile", self._read_profile)
        if changed & {"listings", "database", "configuration"}:
            self._kept.offers.clear()
            self._kept.trials.clear()
            self._kept.listed = None
        if changed & {"templates", "configuration"}:
            self._kept.renderer = None
        if changed:
            self._kept.mails.clear()
        self._stamps = now

    def _configure(self) -> None:
        app = self._kept.app
        if app.config.path is not None and "configuration" in self._stamps:
            self._kept.app = replace(app, config=config.load(app.config.path))
            self._kept.meaning = None

    def _read_profile(self) -> None:
        seen = fingerprint(self.file) if self.file else ""
        self._kept.subscriber, self._kept.notes = reading.named(self._kept.app, self._who)
        self._kept.seen = seen
        self._kept.trials.clear()

    def _trial(self, subscriber: Subscriber, day: date | None) -> tuple[Trial, Offer]:
        """Match the profile for a date, unless that is done; else the last that was good."""
        today = local_date(self._kept.app.now(), subscriber.timezone)
        self._attempt("entries", lambda: self._match(subscriber, day or today, today))
        if self._kept.last_trial is None or self._kept.last_offer is None:
            raise self._trouble["entries"]
        return self._kept.last_trial, self._kept.last_offer

    def _match(self, subscriber: Subscriber, day: date, today: date) -> None:
        kept, key = self._kept, (day, today)
        if key not in kept.trials:
            if key not in kept.offers:
                _keep(kept.offers, key, self._offer(subscriber, day))
            if kept.meaning is None:
                kept.meaning = kept.app.meaning()
            trial, offered = tried(kept.app, subscriber, kept.offers[key], kept.meaning, kept.notes)
            kept.offers[key] = offered
            _keep(kept.trials, key, trial)
        kept.last_trial, kept.last_offer = kept.trials[key], kept.offers[key]

    def _offer(self, subscriber: Subscriber, day: date) -> Offer:
        if not self._listings:
            return offer(self._kept.app, subscriber, day)
        if self._kept.listed is None:
            self._kept.listed = reading.listed(self._kept.app, self._listings)
        return Offer(date=day, of=self._kept.listed)

    def _mail(self, chosen: Chosen) -> tuple[Message, Digest] | None:
        """Make the mail, unless that is done; else the last that was good."""
        self._attempt("templates", lambda: self._render(chosen))
        return self._kept.last_mail

    def _render(self, chosen: Chosen) -> None:
        kept, key = self._kept, (chosen.trial.day, chosen.terms)
        if key not in kept.mails:
            if kept.renderer is None:
                kept.renderer = kept.app.renderer()
            _keep(kept.mails, key, chosen.mail(kept.app, kept.renderer))
        kept.last_mail = kept.mails[key]

    def _attempt(self, what: str, do: Callable[[], None]) -> None:
        """Do something that a file may keep from being done, and note what it said."""
        try:
            do()
        except DigestError as error:
            self._trouble[what] = error
        else:
            self._trouble.pop(what, None)


def _libraries(profile: Path) -> list[Path]:
    """Give the bibliographies that lie beside a profile."""
    if not profile.is_file():
        return []
    return sorted(file for file in profile.parent.iterdir() if file.suffix.lower() in SUFFIXES)


def _keep(kept: dict[_K, _V], key: _K, value: _V) -> None:
    """Keep a value, and let go of the oldest."""
    kept[key] = value
    while len(kept) > _KEPT:
        del kept[next(iter(kept))]
