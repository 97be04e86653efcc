"""The daemon: jobs by schedule, in the foreground, until told to stop.

The main thread only listens: to signals, to the clock, and to whether work moves. Jobs run in
threads, each with an App whose clock and sleep show that it lives.
"""

from __future__ import annotations

import logging
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from digest import logs
from digest.daemon import jobs, reload
from digest.daemon.metrics import written
from digest.daemon.monitor import Monitor
from digest.daemon.pulse import Pulse
from digest.daemon.supervisor import Supervisor
from digest.errors import DigestError
from digest.logs import about
from digest.schedule import Clock
from digest.store.locks import Task, held

if TYPE_CHECKING:
    from digest.app import App
    from digest.config import Config

SEND = "every 30s"
STOP_SECONDS = 9.0  # from the signal to the end, whatever is under way
_BEAT = 5.0  # seconds between looks at the clock and at the work
_JUMP = timedelta(minutes=2)  # what the machine's clock may wander from ours unremarked
_log = logging.getLogger("digest")


@dataclass(slots=True, kw_only=True)
class Daemon:
    """Serves one database with the latest good configuration.

    ``level`` is that of the log, where the command line wants another than the configuration.
    """

    app: App
    supervisor: Supervisor
    level: str = ""
    clock: Clock = field(default_factory=Clock)
    pulse: Pulse = field(default_factory=Pulse)
    monotonic: Callable[[], float] = time.monotonic
    _wishes: queue.SimpleQueue[signal.Signals] = field(default_factory=queue.SimpleQueue)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _pulled: threading.Event = field(default_factory=threading.Event)
    _fresh: threading.Event = field(default_factory=threading.Event)
    _reloading: threading.Lock = field(default_factory=threading.Lock)
    _sending: jobs.Sending = field(init=False)
    _monitor: Monitor | None = None
    _said: dict[str, str] = field(default_factory=dict)
    _zero: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Count outcomes where metrics look for them."""
        self._sending = jobs.Sending(heard=lambda status: self.pulse.outcomes.update([status]))
        self._zero = self._now_zero()

    def serve(self) -> None:
        """Run until SIGTERM or SIGINT; SIGHUP reloads.

        Raises:
            LockedError: another daemon serves this database.
            SettingsError: the configuration cannot be used; other errors of ours likewise.
        """
        with ExitStack() as stack:
            stack.enter_context(_heard(self._wishes))
            reload.usable(self.app)
            with self.app.store():
                pass  # made, or brought up to date, before anything is asked of it
            database = self.app.config.digest.database
            stack.enter_context(held(database, Task.SCHEDULING, "daemon"))
            stack.callback(self._listen_at, "")
            self._listen_at(self.app.config.metrics.listen)
            try:
                self._begin()
                self._heed()
            finally:
                self._stop()

    def _begin(self) -> None:
        schedule = self.app.config.schedule
        self.clock.set("pull", schedule.pull, self._job("pull", self._pull))
        self.clock.set("send", SEND, self._job("send", self._send))
        self.clock.set("letters", SEND, self._job("letters", jobs.letters))
        self._mind_bounces(self.app.config)
        self.clock.start()
        _log.info("started; database %s", self.app.config.digest.database)
        self.supervisor.ready("started")

    def _heed(self) -> None:
        """Heed signals, and between them look at the clock and the work."""
        beat = min(_BEAT, self.supervisor.watchdog / 3 or _BEAT)
        while True:
            try:
                wish = self._wishes.get(timeout=beat)
            except queue.Empty:
                self.beat()
                continue
            if wish is not signal.SIGHUP:
                _log.info("stopping on %s", wish.name)
                return
            self.supervisor.reloading()
            self.clock.once(self._job("reload", self._reload))

    def beat(self) -> None:
        """Look once whether the clock and the work move as they should."""
        zero = self._now_zero()
        if abs(zero - self._zero) > _JUMP:
            _log.info(
                "the clock has moved by %s: the machine slept, or it was set", zero - self._zero
            )
            self._zero = zero
            # What was stored before a sleep is old, and an edition is made once.
            self._pulled.clear()
            self.clock.again()
            self.clock.at_once("pull")
        self.clock.wake()
        self.pulse.look(self.clock.due(self.app.now()))
        stuck = self.pulse.stuck()
        self._say("watchdog", "\n".join(stuck))
        if not stuck:
            self.supervisor.moves()

    def _now_zero(self) -> datetime:
        """Give what the time was when a clock that stands still in a sleep began to count."""
        return self.app.now() - timedelta(seconds=self.monotonic())

    def _job(self, name: str, work: Callable[[App], str]) -> Callable[[], None]:
        """Keep a job's failure from ending the daemon: it is said, and the next time comes."""

        def run() -> None:
            if self._stopping.is_set():
                return
            self.pulse.begin(name)
            trouble = "ended without a word"
            try:
                trouble = work(self._app_for(name))
            except DigestError as error:
                trouble = str(error)
            except Exception as error:  # noqa: BLE001 whatever it was, the daemon lives on
                trouble = f"unforeseen: {type(error).__name__}: {error}"
                _log.exception("%s: unforeseen; it is tried again at its next time", name)
            finally:
                self.pulse.end(name, trouble, self.app.now())
            self._say(name, trouble)

        return run

    def _app_for(self, name: str) -> App:
        """Give an App that shows that a job lives whenever it looks at the clock, or waits."""
        app, moved = self.app, partial(self.pulse.moved, name)

        def now() -> datetime:
            moved()
            return app.now()

        def sleep(seconds: float) -> None:
            moved()
            self._stopping.wait(seconds)

        def stopped() -> bool:
            moved()
            return self._stopping.is_set()

        def told(text: str) -> None:
            _log.info("%s", text, extra=about(job=name))

        return replace(app, now=now, sleep=sleep, stopped=stopped, told=told, command="daemon")

    def _say(self, name: str, trouble: str) -> None:
        """Say a trouble once, not twice a minute, and that it is over."""
        before, self._said[name] = self._said.get(name, ""), trouble
        level = logging.DEBUG if trouble == before else logging.ERROR
        for line in trouble.splitlines():
            _log.log(level, "%s", line, extra=about(job=name))
        if before and not trouble:
            _log.info("%s works again", name, extra=about(job=name))

    def _pull(self, app: App) -> str:
        try:
            return jobs.pull(app)
        finally:
            self._fresh.set()
            self._pulled.set()
            if not self._stopping.is_set():
                self.clock.at_once("send")

    def _send(self, app: App) -> str:
        # An edition made before the first pull would be empty, and the only one of its day.
        if not self._pulled.is_set():
            return ""
        anyway = self._fresh.is_set()
        self._fresh.clear()
        return self._sending.send(app, anyway=anyway)

    def _reload(self, app: App) -> str:
        """Take over a new configuration and profiles, one signal after another."""
        with self._reloading:
            self._take_over(app)
        return ""

    def _take_over(self, app: App) -> None:
        """Take over what is right; where the configuration is wrong, nothing."""
        try:
            config = reload.configuration(app)
            if config.metrics != self.app.config.metrics:
                self._listen_at(config.metrics.listen)
        except DigestError as error:
            for line in str(error).splitlines():
                _log.error("%s", line, extra=about(job="reload"))
            _log.error("not reloaded: the old configuration stays", extra=about(job="reload"))
            self.supervisor.ready("not reloaded: the configuration is wrong")
            return
        before, self.app = self.app.config, replace(self.app, config=config)
        logs.begin(config.log, self.level, config.hidden)
        if config.schedule.pull != before.schedule.pull:
            self.clock.change("pull", config.schedule.pull)
        self._mind_bounces(config)
        reload.profiles(replace(app, config=config))
        self._fresh.set()
        self.clock.at_once("send")
        _log.info("reloaded %s", config.path, extra=about(job="reload"))
        self.supervisor.ready("reloaded")

    def _mind_bounces(self, config: Config) -> None:
        """Read the mailbox by schedule, where there is one."""
        if config.bounces.imap is None:
            self.clock.drop("bounces")
        else:
            self.clock.set("bounces", config.schedule.bounces, self._job("bounces", jobs.bounces))

    def _listen_at(self, place: str) -> None:
        """Answer at another place, or nowhere; where that fails the old one stays.

        Raises:
            SettingsError: it cannot be listened at.
        """
        opened = (
            Monitor(place, lambda: written(self.app, self.pulse), self.pulse) if place else None
        )
        before, self._monitor = self._monitor, opened
        if before is not None:
            before.close()

    def _stop(self) -> None:
        """Let jobs end, and leave in time whatever they do.

        The transport gives up what a server still owes within six seconds. A pull, and planning,
        may be left at any instant: what is stored is stored whole.
        """
        latest = time.monotonic() + STOP_SECONDS
        self._stopping.set()
        self.supervisor.stopping()
        self.clock.stop()
        while (left := self.pulse.under_way()) and time.monotonic() < latest:
            time.sleep(0.02)
        if owed := self._sending.owed:
            what = "an answer for" if len(owed) == 1 else f"answers for {len(owed)} mails:"
            _log.warning("the mail server still owes %s %s", what, ", ".join(owed))
        if left:
            _log.warning("left unfinished: %s; it is taken up at the next start", ", ".join(left))
        _log.info("stopped")
        if left:
            os._exit(0)


@contextmanager
def _heard(wishes: queue.SimpleQueue[signal.Signals]) -> Iterator[None]:
    """Have signals heard by a queue, which a handler may put into at any instant."""
    heard = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def put(number: int, frame: object) -> None:
        del frame
        wishes.put(signal.Signals(number))

    before = {number: signal.signal(number, put) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
