"""Small plots as numbers for a picture (SVG), each with the words that say the same. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from digest.overview import SourceLine
from digest.store.days import SourceDay
from digest.web.listed import ENGLISH

HEIGHT = 40
_STEP, _BAR = 10, 8  # of a day, and of its bar
_LEAST = 3  # what a day with something new is high at least
_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day: its bar (0 where nothing was new), and whether it was in doubt or not asked at all."""

    x: int
    height: int
    doubtful: bool
    asked: bool

    @property
    def y(self) -> int:
        """Where the bar begins, from above."""
        return HEIGHT - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """Bars in a row, or the points of a line, in a picture so wide; ``said`` is it in words."""

    width: int
    said: str
    bars: Sequence[Bar] = ()
    points: str = ""


def bars(line: SourceLine) -> Plot:
    """Plot what a source brought a day, and the days on which it did not answer as it should."""
    most = max((day.new for _, day in line.days if day), default=0)
    made = [_bar(number, day, most) for number, (_, day) in enumerate(line.days)]
    return Plot(width=_STEP * len(made), bars=made, said=_told(line.days))


def _bar(number: int, day: SourceDay | None, most: int) -> Bar:
    new = day.new if day else 0
    height = max(round(HEIGHT * new / most), _LEAST) if new else 0
    doubtful = bool(day and day.doubtful)
    return Bar(x=_STEP * number, height=height, doubtful=doubtful, asked=day is not None)


def _told(days: Sequence[tuple[date, SourceDay | None]]) -> str:
    asked = [(at, day) for at, day in days if day]
    if not asked:
        return f"Not asked within {len(days)} days."
    new = sum(day.new for _, day in asked)
    said = f"{_many(new, 'new entry', 'new entries')} on {_many(len(asked), 'day', 'days')}"
    doubtful = [at for at, day in asked if day.doubtful]
    if doubtful:
        named = ", ".join(ENGLISH.short_date(at) for at in doubtful[-_NAMED:])
        others = f" and {len(doubtful) - _NAMED} before" if len(doubtful) > _NAMED else ""
        said += f"; in doubt on {named}{others}"
    return said + "."


def _many(number: int, one: str, many: str) -> str:
    return f"{ENGLISH.number(number)} {one if number == 1 else many}"


def line(growth: Mapping[date, int], days: int) -> Plot:
    """Plot a number over ``days``, of which some may not be known; the axis begins at 0."""
    width = _STEP * days
    if not growth:
        return Plot(width=width, said="Not counted yet: a run counts.")
    last, most = max(growth), max(*growth.values(), 1)
    points = [
        (width - _STEP // 2 - _STEP * (last - at).days, HEIGHT - round((HEIGHT - 4) * n / most))
        for at, n in sorted(growth.items())
    ]
    if len(points) == 1:
        points.append((points[0][0] + _BAR // 2, points[0][1]))
    first = min(growth)
    said = f"{ENGLISH.number(growth[first])} active on {ENGLISH.short_date(first)}"
    if last > first:
        said += f", {ENGLISH.number(growth[last])} on {ENGLISH.short_date(last)}"
    return Plot(width=width, said=f"{said}.", points=" ".join(f"{x},{y}" for x, y in points))
