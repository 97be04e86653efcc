"""What planning everybody's editions costs, in time and memory; and the whole pass with sending.

    python benchmarks/planning.py [--subscribers 100000] [--distinct 5000] [--sent 100000]

So many subscribers have one of so many different profiles (four keywords, an author, a category, a
topic in words, and a trending entry), and choose from 300 new entries; the next day from seven
times as many, as each was shown others of. Each step is a process of its own, so that its peak of
memory is known: planning by the code of a run, its ranking timed apart (benchmarks/crowd.py
measures that alone), and a whole pass of the same, mails rendered and handed to postfix's
smtp-sink. A tenth of the subscribers shows whether memory grows with them.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from delivery import LOOPBACK, sink, tool
from mails import THINGS, TOPICS, paper

from digest import match, planning
from digest.app import App
from digest.config import load
from digest.model import Interest, Profile, Subscriber
from digest.render import Renderer
from digest.store.subscribers import Subscription

ENTRIES = 300
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DAY = date(2026, 11, 23)
MOST_SECONDS, MOST_MEGABYTES = 10, 300


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--distinct", type=int, default=5000, help="different profiles")
    parser.add_argument(
        "--sent", type=int, default=100_000, help="subscribers of the whole pass; 0 leaves it out"
    )
    parser.add_argument("--step", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step](given.subscribers, given.distinct)))
        return
    for number in (given.subscribers // 10, given.subscribers):
        with tempfile.TemporaryDirectory() as folder:
            measured("fill", number, given.distinct, folder)
            show_planning(number, measured("plan", number, given.distinct, folder))
            show_idle(measured("again", number, given.distinct, folder))
            print("the next day, with the entries of a week to choose from: ", end="")
            show_planning(number, measured("later", number, given.distinct, folder))
    if not given.sent:
        return
    if not tool("smtp-sink"):
        print("the whole pass: left out, as smtp-sink is absent (apt install postfix)")
        return
    for number in (given.sent // 10, given.sent):
        with tempfile.TemporaryDirectory() as folder, sink() as port:
            measured("fill", number, given.distinct, folder)
            write_config(Path(folder), port)
            show_whole(number, measured("whole", number, given.distinct, folder))


def measured(step: str, number: int, distinct: int, folder: str) -> dict[str, float]:
    """Do a step in a process of its own, within the folder; gives what it found."""
    command = [sys.executable, str(Path(__file__).resolve()), "--step", step]
    command += ["--subscribers", str(number), "--distinct", str(distinct)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=folder)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def show_planning(number: int, found: dict[str, float]) -> None:
    """Print what planning took, with and without what else is paid for once a day."""
    alone = found["processor"] - found["ranking"] - found["cards"]
    print(
        f"{found['editions']:,.0f} editions of {number:,} subscribers planned, "
        f"{found['shown']:,.0f} entries shown: {found['seconds']:.1f} s by the clock, "
        f"{found['processor']:.1f} s of processor = {found['ranking']:.1f} ranking "
        f"+ {found['cards']:.1f} cards of the day + {alone:.1f} composing and writing "
        f"(wanted: {MOST_SECONDS} s); peak {found['peak']:.0f} MB (wanted: {MOST_MEGABYTES} MB)",
        flush=True,
    )


def show_idle(found: dict[str, float]) -> None:
    """Print what it takes to see that nothing is left to plan."""
    print(f"  nothing left to plan: seen in {found['seconds']:.2f} s, peak {found['peak']:.0f} MB")


def show_whole(number: int, found: dict[str, float]) -> None:
    """Print what the whole pass took."""
    print(
        f"{number:,} subscribers, the whole pass: {found['seconds']:.0f} s by the clock, "
        f"{found['processor']:.0f} s of processor, "
        f"{found['sent'] / found['seconds']:.0f} mails a second from ranking to the server's 250; "
        f"peak {found['peak']:.0f} MB (wanted: {MOST_MEGABYTES} MB)",
        flush=True,
    )


def fill(number: int, distinct: int) -> dict[str, float]:
    """Store entries and subscribers in the working folder."""
    write_config(Path(), 25)
    chance = random.Random(1)
    entries = [paper(at, TOPICS[at % len(TOPICS)]) for at in range(1, ENTRIES + 1)]
    profiles = [profile(chance, at) for at in range(distinct)]
    with app().store() as store:
        store.entries.keep(entries, NOW - timedelta(hours=3))
        with store.transaction():
            for at in range(number):
                who = Subscriber(
                    id=f"{random.Random(at).getrandbits(64):016x}",
                    email=f"reader{at}@d{at % 997}.example.org",
                    name=f"Reader {at}",
                    send_at="06:00",
                    profile=chance.choice(profiles),
                )
                store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
    return {}


def profile(chance: random.Random, number: int) -> Profile:
    """Make a profile of two interests."""
    interests = tuple(
        Interest(
            name=f"Interest {number}.{at}",
            text=" ".join(chance.sample(THINGS, 6)),
            keywords=tuple(f'"{word}"' for word in chance.sample(THINGS, 2)),
            authors=(f"Author {chance.randrange(900)}",),
            categories=(chance.choice(("cs.LG", "cs.CL", "stat.ML")),),
        )
        for at in range(2)
    )
    return Profile(interests=interests, trending=1)


def app(now: datetime = NOW) -> App:
    """Give the app of the working folder; its clock stands still, for editions to be due."""
    return App(config=load(Path("config.toml"), {}), now=lambda: now)


def write_config(folder: Path, port: int) -> None:
    """Write the configuration: no sources, words alone, a server on this machine."""
    (folder / "config.toml").write_text(
        f'[digest]\ncache = "cache"\n[smtp]\nhost = "{LOOPBACK}"\nport = {port}\nlinger = 0\n'
        'from = "Digest <digest@example.org>"\n[embed]\nmodel = "none"\n'
        '[[source]]\nkind = "file"\npath = "none.json"\n',
        encoding="utf-8",
    )


def later(number: int, distinct: int) -> dict[str, float]:
    """Plan the next day, once six times as many entries came as there were."""
    now = NOW + timedelta(days=1)
    with app().store() as store:
        more = range(ENTRIES + 1, 7 * ENTRIES + 1)
        new = [paper(at, TOPICS[at % len(TOPICS)]) for at in more]
        store.entries.keep(new, now - timedelta(hours=3))
    return plan(number, distinct, now)


def plan(number: int, distinct: int, now: datetime = NOW) -> dict[str, float]:
    """Plan all editions that are due; ranking, and making cards, are timed apart."""
    del number, distinct
    ranking, cards = Timed(match.rank), Timed(Renderer.cards)
    match.rank = ranking.call
    Renderer.cards = cards.call  # type: ignore[method-assign]  # the same, timed
    mine = app(now)
    with mine.store() as store:
        wiring = mine.wiring(store, mine.renderer())
        begun = time.perf_counter(), time.process_time()
        found = planning.plan_editions(wiring, planning.due_editions(wiring, None))
        seconds, processor = time.perf_counter() - begun[0], time.process_time() - begun[1]
    return {
        "editions": found.editions,
        "shown": found.shown,
        "seconds": seconds,
        "processor": processor,
        "ranking": ranking.seconds,
        "cards": cards.seconds,
        "peak": peak(),
    }


class Timed:
    """A function with the time of processor that it took in all."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Begin at none."""
        self._function = function
        self.seconds = 0.0

    @property
    def call(self) -> Callable[..., Any]:
        """The function, timed."""

        def timed(*given: Any) -> Any:  # noqa: ANN401 whatever the function takes and gives
            begun = time.process_time()
            found = self._function(*given)
            self.seconds += time.process_time() - begun
            return found

        return timed


def whole(number: int, distinct: int) -> dict[str, float]:
    """Do a whole pass."""
    del distinct
    mine = app()
    begun = time.perf_counter(), time.process_time()
    report = mine.run(fetch=False)
    seconds, processor = time.perf_counter() - begun[0], time.process_time() - begun[1]
    if report.status != {"sent": number}:
        raise SystemExit(f"not all were sent: {report.status}")
    return {"seconds": seconds, "processor": processor, "sent": number, "peak": peak()}


def peak() -> float:
    """Give the most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


STEPS: dict[str, Callable[[int, int], dict[str, float]]] = {
    "fill": fill,
    "plan": plan,
    "again": plan,
    "later": later,
    "whole": whole,
}

if __name__ == "__main__":
    main()
