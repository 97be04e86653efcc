"""What the pages about a profile share: how its form is shown, read and tried on the last week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from digest import upload
from digest.app import App
from digest.bibliography import SUFFIXES
from digest.cleaning import shown, sound_url, titled
from digest.emphasis import bare
from digest.errors import SettingsError, StoreError
from digest.language import language
from digest.model import WEEKDAYS, Interest, Match, Subscriber
from digest.reasons import why
from digest.subscriptions import Names
from digest.tokens import Tokens
from digest.web import typed
from digest.web.guard import ROOMY_MOST
from digest.web.limits import Bound
from digest.web.pages import Allowance, Pages
from digest.web.typed import Block, Typed
from digest.week import Found, Week

MATCHES_MOST = 8
_FILES_MOST = 20
_FIELDS_MOST = 8000
_TITLE_MOST = 200
_TRIED_MOST = 200  # uploaded papers that matches are shown for
_FOLDED = "authors categories exclude counterexamples threshold weight sources".split()
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CALLED = {
    "email": "The address",
    "name": "The name",
    "timezone": "The time zone",
    "send_at": "The time",
    "limit": "The number of papers",
    "explore": "The number of papers",
    "trending": "The number of papers",
    "paused_until": "The date",
    "weight": "The weight",
    "threshold": "The threshold",
}
_FIRST = "Once that is put right, what the last week has for you stands here."


@dataclass(kw_only=True)
class Desk:
    """The parts that a page about a profile works with."""

    app: App
    pages: Pages
    prefix: str
    trying: Bound = field(default_factory=lambda: Bound(each=60, everybody=240, seconds=60))
    uploading: Bound = field(default_factory=lambda: Bound(each=20, everybody=100, seconds=600))
    week: Week = field(init=False)
    tokens: Tokens = field(init=False)

    def __post_init__(self) -> None:
        """Make what is kept between requests."""
        self.week = Week(self.app)
        self.tokens = self.app.tokens()

    @cached_property
    def names(self) -> Names:
        """The sources and templates that a profile may name."""
        return self.app.names()

    @cached_property
    def _zones(self) -> list[str]:
        """The time zones that a form offers: those of places, and UTC."""
        from zoneinfo import available_timezones

        found = {zone for zone in available_timezones() if "/" in zone}
        return ["UTC", *sorted(zone for zone in found if not zone.startswith(("Etc/", "SystemV/")))]

    def form(
        self,
        name: str,
        heading: str,
        content: Typed,
        *,
        errors: Mapping[str, str] | None = None,
        found: Found | None = None,
        status: int = 200,
        **more: object,
    ) -> Response:
        """Show a form as it was typed, with what is wrong and what it would find."""
        zone = content.fields.get("timezone", "")
        zones = self._zones if zone in {"", *self._zones} else [zone, *self._zones]
        return self.page(
            name,
            heading,
            status,
            allow=[Allowance.SCRIPT],
            wide=True,
            typed=content,
            errors=dict(errors or {}),
            zones=[(z, z.replace("_", " ")) for z in zones],
            weekdays=list(zip(WEEKDAYS, _DAYS, strict=True)),
            sources=[(name, name) for name in self.names.sources],
            templates=[(name, name) for name in self.names.templates],
            opened=_opened(errors or {}),
            kinds=",".join(SUFFIXES),
            found=self.told(found) if found else None,
            wrong=_FIRST if any(name.startswith("interest-") for name in errors or ()) else "",
            static=f"{self.prefix}/static",
            **more,
        )

    def page(
        self,
        name: str,
        heading: str,
        status: int = 200,
        *,
        allow: Sequence[Allowance] = (),
        **values: object,
    ) -> Response:
        """Fill a template, in the style of the forms."""
        return self.pages.page(name, heading, status, allow=allow, sheet="form", **values)

    async def read(self, request: Request) -> tuple[Typed, str, dict[str, str]]:
        """Read a form, its uploads and the button; gives what is wrong with an upload."""
        async with request.form(
            max_files=_FILES_MOST, max_fields=_FIELDS_MOST, max_part_size=ROOMY_MOST
        ) as form:
            content = typed.read(form)
            errors: dict[str, str] = {}
            blocks = []
            for at, block in enumerate(content.blocks):
                place = f"interest-{at}-upload"
                blocks.append(await self._filled(request, form, place, block, errors))
            button = str(form.get("do", ""))
        return replace(content, blocks=tuple(blocks)), button, errors

    async def _filled(
        self, request: Request, form: FormData, place: str, block: Block, errors: dict[str, str]
    ) -> Block:
        """Add the papers of an upload to an interest."""
        file = form.get(place)
        if not isinstance(file, UploadFile) or not file.filename:
            return block
        self.uploading.check(request)
        content = await file.read(upload.BYTES_MOST + 1)
        try:
            papers = await run_in_threadpool(upload.read, file.filename, content)
        except ValueError as error:
            errors[place] = _sentence("The file", str(error))
            return block
        library = tuple(dict.fromkeys((*block.library, *papers)))
        return replace(block, library=library[-upload.PAPERS_MOST :])

    def profile(
        self, content: Typed, stored: tuple[Interest, ...] = ()
    ) -> tuple[Subscriber | None, dict[str, str]]:
        """Make a subscriber of a form, or say what is wrong, by field."""
        try:
            return typed.reader_of(content, self.app.defaults, self.names, stored), {}
        except SettingsError as error:
            problems = error.problems
        errors: dict[str, str] = {}
        for problem in problems:
            called = _CALLED.get(problem.place.rpartition("-")[2], "This")
            said = f"{problem.fault}; {problem.cure}" if problem.cure else problem.fault
            errors.setdefault(problem.place, _sentence(called, said))
        return None, errors

    async def found(
        self, content: Typed, stored: tuple[Interest, ...] = ()
    ) -> tuple[Found | None, dict[str, str]]:
        """Give what a form would find among the entries of the last week; None if it asks nothing.

        Gives also what is wrong with its interests, by field; mistakes elsewhere do not matter. Of
        uploaded papers only the newest are tried: each costs a while to read.
        """
        share = max(_TRIED_MOST // max(len(content.blocks), 1), 1)
        blocks = tuple(replace(block, library=block.library[-share:]) for block in content.blocks)
        about = replace(
            content, fields={"email": "nobody@example.org"}, days=WEEKDAYS, blocks=blocks
        )
        reader, errors = self.profile(about, stored)
        if reader is None or not reader.profile.interests:
            return None, errors if content.filled else {}
        try:
            return await run_in_threadpool(self.week.matches, reader.profile, MATCHES_MOST), {}
        except StoreError:
            return None, {}

    async def matches(
        self, request: Request, stored: tuple[Interest, ...] = (), *, most: int = typed.BLOCKS_MOST
    ) -> Response:
        """Answer with the matches alone, for the script; of at most so many interests."""
        self.trying.check(request)
        content, _, _ = await self.read(request)
        content = replace(content, blocks=content.blocks[:most])
        found, errors = await self.found(content, stored)
        wrong = next(iter(errors.values()), "")
        told = self.told(found) if found else None
        return self.page("matches", "", found=told, wrong=wrong, typed=content)

    @staticmethod
    def told(found: Found) -> dict[str, Any]:
        """Give what a page says of the matches."""
        return {
            "entries": found.entries,
            "past": found.past,
            "note": found.note,
            "busy": found.busy,
            "matches": [_told(match) for match in found.matches],
        }


def _told(match: Match) -> dict[str, str]:
    words = language("en")
    return {
        "title": titled(match.entry.title, _TITLE_MOST),
        "url": sound_url(match.entry.url),
        "interest": shown(match.interest.name, _TITLE_MOST) if match.interest else "",
        "why": bare(why(match.evidence, words)),
    }


def _opened(errors: Mapping[str, str]) -> set[int]:
    """Name the interests with a mistake in what is folded away."""
    places = [name.split("-") for name in errors if name.startswith("interest-")]
    return {int(parts[1]) for parts in places if parts[2] in _FOLDED}


def _sentence(called: str, said: str) -> str:
    """Make a sentence of a fault, which names itself or lacks its subject."""
    subject = "" if said[:1] in "\"'" or said[:1].isupper() else f"{called} "
    return f"{subject}{said}".rstrip(".") + "."


def written(at: datetime | None, reader: Subscriber) -> str:
    """Write a time on the wall of a reader's zone; "" for none."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(reader.timezone))
    return f"{local:%A}, {local.day} {local:%B} at {local:%H:%M} ({reader.timezone})"
