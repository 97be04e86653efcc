"""The tables and plots of ``digest tune``: plain characters within 80 columns."""

from __future__ import annotations

import json
import string
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from digest.text import shorten

if TYPE_CHECKING:
    from digest.past import Change, PastDigest, Shown
    from digest.replay import Replay
    from digest.tuning import Step, Tuned
    from digest.worth import Worth

WIDTH = 80
DAYS_MOST = 31
WORTHS_MOST = 12
TRENDING = "T"
_LETTERS = (string.ascii_uppercase + string.ascii_lowercase).replace(TRENDING, "")
_NAMED = {
    "keywords": "keyword",
    "authors": "author",
    "categories": "category",
    "sources": "source",
    "exclude": "exclude",
}


def letter(place: int) -> str:
    """Give the letter that stands for an interest in a plot."""
    return _LETTERS[place] if place < len(_LETTERS) else "?"


def bar(marks: str, room: int) -> str:
    """Cut a bar to the room there is; one that was cut ends with ">"."""
    return marks if len(marks) <= room else f"{marks[: room - 1]}>"


def named(day: date) -> str:
    """Write a date for people."""
    return f"{day:%a} {day.day:2} {day:%b}"


def daily(found: Replay) -> Iterator[str]:
    """Plot what each mail would have shown: a letter an entry."""
    letters: dict[str, str] = {}
    for place, one in enumerate(found.interests):
        letters.setdefault(one.interest.name, letter(place))
    shown = found.digests[-DAYS_MOST:]
    cut = len(shown) < len(found.digests)
    of = f" (the last {len(shown)} of {len(found.digests)} days)" if cut else ""
    trending = f", {TRENDING} a trending one" if found.subscriber.profile.trending else ""
    yield f"Shown a day{of}; a letter is an entry of that interest{trending}"
    yield "  day            new  shown"
    for digest in shown:
        counts = Counter(letters.get(one.interest, TRENDING) for one in digest.shown.values())
        marks = "".join(mark * counts[mark] for mark in (*letters.values(), TRENDING))
        head = f"  {named(digest.day)} {digest.candidates:7} {len(digest.shown):6}  "
        yield (head + bar(marks, WIDTH - len(head))).rstrip()


def interest(one: Tuned, place: int, found: Replay) -> Iterator[str]:
    """Tabulate an interest by threshold, and name what is wrong with its settings."""
    yield f"{letter(place)}  {one.interest.name}"
    yield f"   {_judged(one)}"
    yield "  threshold   a day  days without   (# is an entry a day)"
    marked = {one.now.threshold: "now"}
    steps = {step.threshold: step for step in (*one.steps, one.now)}
    better = one.suggestion.better
    if better and one.suggestion.keywords == one.interest.keywords:
        marked[better.threshold] = "try"
        steps[better.threshold] = better
    for threshold in sorted(steps):
        yield _step(steps[threshold], marked.get(threshold, ""), len(found.digests))
    yield from _odd([worth for worth in one.settings if worth.verdict], found.entries)


def _judged(one: Tuned) -> str:
    """Say in a line how an interest is set."""
    share, nearest = one.suggestion.share, one.suggestion.nearest
    said = f"{one.now.a_day:.1f} a day; its even share of the limit is {share:.1f}"
    if nearest is None:
        return "Nothing scored at all; give it other words, or sources that write of it."
    if one.suggestion.better:
        return f"{said}: {'too much' if one.now.a_day > share else 'little'}"
    if one.now.a_day < share / 2:
        return f"{said}, which it need not fill"
    return f"{said}: well set"


def _step(step: Step, mark: str, days: int) -> str:
    head = f"  {mark:3}  {step.threshold:4.2f} {step.a_day:7.1f}  {step.without:4} of {days:<4}   "
    marks = "#" * round(step.a_day) or ("." if step.a_day else "")
    return (head + bar(marks, WIDTH - len(head))).rstrip()


def _odd(worths: Sequence[Worth], entries: int) -> Iterator[str]:
    """Name the settings that bring nothing, or nearly everything."""
    for worth in worths[:WORTHS_MOST]:
        of = f" (in {worth.entries:,} of {entries:,} entries)" if worth.entries else ""
        said = f"{worth.verdict}{of}"
        head = f"  {_NAMED[worth.setting]:8}  "
        yield f"{head}{shorten(worth.value, WIDTH - len(head) - len(said) - 2)}: {said}"
    if len(worths) > WORTHS_MOST:
        yield f"  and {len(worths) - WORTHS_MOST:,} more (--json names all)"


def suggestions(found: Replay) -> Iterator[str]:
    """Write what to set instead, as lines of a profile with the reasons as comments."""
    for one in found.interests:
        lines = [*_threshold(one), *_keywords(one)]
        if lines:
            yield f"\n# [[interest]] {one.interest.name}"
            yield from lines


def _threshold(one: Tuned) -> Iterator[str]:
    better, kept = one.suggestion.better, one.suggestion.kept
    if better:
        changed = one.suggestion.keywords != one.interest.keywords
        which = ", with the keywords below" if changed else ""
        yield f"# would give about {better.a_day:.1f} a day, not {kept.a_day:.1f}{which}"
        yield f"threshold = {better.threshold:.2f}"


def _keywords(one: Tuned) -> Iterator[str]:
    if one.suggestion.keywords == one.interest.keywords:
        return
    keep = set(one.suggestion.keywords)
    for worth in one.settings:
        if worth.setting == "keywords" and worth.value not in keep:
            done = f"# {'narrowed' if worth.narrower else 'dropped'} {worth.value}: {worth.verdict}"
            instead = f"; {worth.narrower} is in {worth.left}" if worth.narrower else ""
            yield bar(done + instead, WIDTH)
    # A JSON string is a TOML one.
    written = [json.dumps(keyword, ensure_ascii=False) for keyword in one.suggestion.keywords]
    line = f"keywords = [{', '.join(written)}]"
    if len(line) <= WIDTH:
        yield line
    else:
        yield from ("keywords = [", *(f"    {value}," for value in written), "]")


def difference(changes: Sequence[Change]) -> Iterator[str]:
    """List what changes, day by day."""
    day = None
    for change in changes:
        if change.day != day:
            day = change.day
            yield f"\n{named(day)}"
        before, after = change.before, change.after
        shown = after or before
        assert shown is not None  # noqa: S101 a change is of something shown
        yield f"{change.sign} {shown.score:.2f}  {shorten(change.entry.title, WIDTH - 8)}"
        yield f"        {_interests(before, after)}"


def _interests(before: Shown | None, after: Shown | None) -> str:
    return " -> ".join(one.interest for one in (before, after) if one)


def totals(changes: Sequence[Change], before: Sequence[PastDigest]) -> str:
    """Sum up what changes."""
    counts = Counter(change.sign for change in changes)
    shown = sum(len(digest.shown) for digest in before)
    same = shown - counts["-"] - counts["~"]
    return (
        f"{counts['+']} come in, {counts['-']} fall out, {counts['~']} change their interest, "
        f"{same} stay as they are"
    )
