"""Gathers the thumbnails of entries, for mails that carry their pictures themselves.

After a pull, each picture of the window is asked for once and kept small; what fails costs
nothing but that picture, and is not asked for again for a day. Mails show what is kept by then.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from digest import manners, shrink
from digest.confined import OverspentError, Workers
from digest.errors import FetchError
from digest.fetch import Fetcher
from digest.model import Digest, Entry, Request, Thumbnail
from digest.store import Store

TIMEOUT = 10.0  # seconds for one picture
MAX_BYTES = 3_000_000  # of one picture, as it comes
_A_DAY = 300  # pictures asked for, the most upvoted and then the newest first
_A_PASS = 60.0  # seconds in which pictures are begun
_AT_ONCE = 6
_FAILURES_MOST = 3  # of a host, which is left alone after as many in a pass
_KEPT = timedelta(days=60)  # longer than any mail is tried (smtp.deadline)
_DAY = timedelta(days=1)


def name_of(url: str) -> str:
    """Name a picture by its address; the same for ever, and fit for a Content-ID (RFC 2392)."""
    return hashlib.sha256(url.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gatherer:
    """What gathering works with; pictures are begun for ``seconds`` at most."""

    store: Store
    fetcher: Fetcher
    now: datetime
    seconds: float = _A_PASS
    a_day: int = _A_DAY
    stopped: Callable[[], bool] = lambda: False

    def gather(self, entries: Sequence[Entry]) -> int:
        """Fetch the pictures of entries that are not known yet; gives how many are kept now."""
        kept = self.store.pictures
        kept.forget(self.now - _KEPT)
        urls = {name_of(entry.thumbnail): entry.thumbnail for entry in _likely(entries)}
        settled = kept.settled(urls, self.now - _DAY)
        room = max(self.a_day - kept.asked(self.now - _DAY), 0)
        wanted = [(name, url) for name, url in urls.items() if name not in settled][:room]
        if not wanted:
            return 0
        hosts = _Hosts(holds=self.store.sources.holds(self.now), now=self.now)
        until = time.monotonic() + self.seconds
        with shrink.workers() as workers, ThreadPoolExecutor(_AT_ONCE) as threads:

            def ask(row: tuple[str, str]) -> Thumbnail | str:
                if self.stopped() or time.monotonic() > until or not hosts.open_to(row[1]):
                    return ""
                return self._fetched(*row, hosts, workers)

            answers = dict(zip((n for n, _ in wanted), threads.map(ask, wanted), strict=True))
        kept.keep({name: answer for name, answer in answers.items() if answer}, self.now)
        for host, seconds in hosts.asking.items():
            until_then = self.now + timedelta(seconds=seconds)
            self.store.sources.hold(manners.concerned(host), until_then)
        return sum(isinstance(answer, Thumbnail) for answer in answers.values())

    def _fetched(self, name: str, url: str, hosts: _Hosts, workers: Workers) -> Thumbnail | str:
        """Give a picture made small, or why there is none."""
        try:
            response = self.fetcher.fetch(Request(url=url, accept="image/*"), "picture")
            answer = workers.ask((name, response.body))
        except OverspentError as over:
            return str(over)
        except FetchError as error:
            hosts.hear(url, error)
            return error.fault
        except Exception as error:  # noqa: BLE001 no picture is worth a run
            return f"could not be asked ({type(error).__name__})"
        assert isinstance(answer, Thumbnail | str)  # noqa: S101 the worker sends nothing else
        return answer


def _likely(entries: Sequence[Entry]) -> list[Entry]:
    """Give the entries that have a picture, those first that most readers will be shown."""
    with_one = [entry for entry in reversed(entries) if entry.thumbnail.startswith("http")]
    return sorted(with_one, key=lambda entry: -(entry.upvotes or 0))


@dataclass(slots=True, kw_only=True)
class _Hosts:
    """Knows which hosts are left alone in this pass; shared by threads."""

    holds: Mapping[str, datetime]
    now: datetime
    asking: dict[str, float] = field(default_factory=dict)
    _failures: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def open_to(self, url: str) -> bool:
        """Whether an address may be asked."""
        host = urlsplit(url).hostname or ""
        with self._lock:
            tired = self._failures[host] >= _FAILURES_MOST or host in self.asking
        return not tired and manners.held(host, self.holds.items(), self.now) is None

    def hear(self, url: str, error: FetchError) -> None:
        """Count a failure of a host that did not answer, or heed its wish to be left alone."""
        with self._lock:
            if error.hold:
                self.asking[error.hold.host] = error.hold.seconds
            elif error.state == "unreachable":
                self._failures[urlsplit(url).hostname or ""] += 1


def album(store: Store) -> Callable[[Digest], Digest]:
    """Make what gives a digest the pictures that are kept; each is read once."""
    known: dict[str, Thumbnail | None] = {}

    def pictured(digest: Digest) -> Digest:
        named = {
            match.entry.id: name_of(match.entry.thumbnail)
            for match in digest.shown
            if match.entry.thumbnail
        }
        missing = set(named.values()) - set(known)
        if missing:
            kept = store.pictures.named(missing)
            known.update({name: kept.get(name) for name in missing})
        found = {entry: known[name] for entry, name in named.items()}
        return replace(digest, pictures={e: one for e, one in found.items() if one})

    return pictured
