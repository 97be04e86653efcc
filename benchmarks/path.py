"""Ratios of the path's stages, each measured side by side in one run: `make bench`.

Every pair alternates (A B A B ...) and the median of the pairwise ratios is printed, so that a
machine's changing speed concerns both sides alike.
"""

from __future__ import annotations

import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

from digest import match, profile, sources
from digest.compose import compose
from digest.model import (
    Digest,
    Edition,
    Entry,
    Interest,
    Message,
    Profile,
    Response,
    Source,
    Subscriber,
)
from digest.pool import Pool
from digest.render import Renderer
from digest.view import Look

ROOT = Path(__file__).parents[1]
DEMO = ROOT / "digest" / "demo"
PAIRS = 7


def main() -> None:
    """Measure and print."""
    entries = listing()
    files = sorted((DEMO / "profiles").glob("*.toml"))
    subscribers = [profile.load(path, profile.Defaults())[0].subscriber for path in files]
    bare = [sys.executable, "-c", "pass"]
    helped = [sys.executable, "-m", "digest", "--help"]
    show("digest --help / python -c pass", lambda: ran(helped), lambda: ran(bare))
    many = different(entries, 300)
    show(
        "300 profiles one by one / in one pass",
        lambda: one_by_one(many, entries),
        lambda: together(many, entries),
    )
    renderer = Renderer(Look(title="Bench", sender="digest@example.org"), [ROOT / "templates"])
    show(
        "ranking, composing and rendering one mail / the same without rendering",
        lambda: rendered(renderer, subscribers[0], entries),
        lambda: composed(subscribers[0], entries),
    )


def show(name: str, one: Callable[[], object], other: Callable[[], object]) -> None:
    """Print the ratio of the times that two calls take, with its range."""
    for warm_up in (one, other):
        warm_up()
    ratios, firsts, seconds = [], [], []
    for _ in range(PAIRS):
        firsts.append(seconds_of(one))
        seconds.append(seconds_of(other))
        ratios.append(firsts[-1] / seconds[-1])
    print(
        f"{name}: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}); "
        f"medians {statistics.median(firsts):.3f} s and {statistics.median(seconds):.3f} s"
    )


def seconds_of(call: Callable[[], object]) -> float:
    """Time one call."""
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def ran(command: list[str]) -> None:
    """Run a process to its end."""
    subprocess.run(command, check=True, capture_output=True)


def listing() -> tuple[Entry, ...]:
    """Read the bundled listing."""
    body = (DEMO / "listing.json").read_bytes()
    response = Response(url="", body=body, fetched_at=datetime.now(UTC))
    return sources.adapter("file").parse(response, Source(name="demo", kind="file")).entries


def different(entries: tuple[Entry, ...], number: int) -> list[Profile]:
    """Make profiles of which no two ask for the same, out of the entries' own words."""
    chance = random.Random(1)  # the same profiles in every run
    words = sorted({word for entry in entries for word in entry.summary.split() if len(word) > 4})  # noqa: PLR2004 words that mean something
    return [
        Profile(
            interests=(
                Interest(
                    name=str(at),
                    text=" ".join(chance.sample(words, 15)),
                    keywords=tuple(
                        f'"{word}"' for word in chance.sample(words, 8) if word.isalpha()
                    ),
                ),
            )
        )
        for at in range(number)
    ]


def one_by_one(profiles: list[Profile], entries: tuple[Entry, ...]) -> None:
    """Rank each profile over a pool of its own."""
    for one in profiles:
        match.rank([one], Pool(entries))


def together(profiles: list[Profile], entries: tuple[Entry, ...]) -> None:
    """Rank all profiles over one pool."""
    match.rank(profiles, Pool(entries))


def composed(subscriber: Subscriber, entries: tuple[Entry, ...]) -> Digest:
    """Rank and compose one digest."""
    ranking = match.rank([subscriber.profile], Pool(entries))[0]
    edition = Edition(subscriber_id=subscriber.id, date=date(2026, 1, 5))
    return compose(subscriber, edition, ranking, range(len(entries)))


def rendered(renderer: Renderer, subscriber: Subscriber, entries: tuple[Entry, ...]) -> Message:
    """Render one mail of a digest that is composed each time anew."""
    digest = composed(subscriber, entries)
    return renderer.render(digest, subscriber)


if __name__ == "__main__":
    main()
