"""Profile files: one subscriber each, as TOML, or a line each in .jsonl."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from digest import bibliography, examples, query
from digest.address import canonical, hashed
from digest.bibliography import Library
from digest.errors import Problem, QueryError, SettingsError
from digest.model import WEEKDAYS, Interest, Profile, Status, Subscriber
from digest.schema import (
    Address,
    AfterValidator,
    ClockTime,
    Day,
    Field,
    Line,
    Schema,
    Zone,
    model_validator,
    read_text,
    read_toml,
    validate,
)
from digest.text import has_letter, shorten

_LIST_MOST = 5000
_TEXT_MOST = 20_000
_NAME_MOST = 60
_NOWHERE = "profile"


def _keyword(value: str) -> str:
    try:
        query.parse(value)
    except QueryError as error:
        shown = value if len(value) <= 40 else value[:40] + "…"  # noqa: PLR2004
        raise ValueError(f"{shown!r} cannot be read: {error}") from None
    return value


def _template(value: str) -> str:
    if not value.replace("-", "").replace("_", "").isalnum():
        raise ValueError(f'"{value}" is not a template\'s name; write for instance "digest"')
    return value


def _author(value: str) -> str:
    if not has_letter(value):
        raise ValueError(f'"{value}" is nobody\'s name; write for instance "Ada Lovelace"')
    return value


Keyword = Annotated[str, AfterValidator(_keyword)]
Person = Annotated[Line, AfterValidator(_author)]
Lines = Annotated[tuple[Line, ...], Field(max_length=_LIST_MOST)]


class _Interest(Schema):
    name: Line = ""
    text: Annotated[str, Field(max_length=_TEXT_MOST)] = ""
    keywords: Annotated[tuple[Keyword, ...], Field(max_length=_LIST_MOST)] = ()
    authors: Annotated[tuple[Person, ...], Field(max_length=_LIST_MOST)] = ()
    categories: Lines = ()
    examples: Lines = ()
    counterexamples: Lines = ()
    bibliography: Line = ""
    exclude: Annotated[tuple[Keyword, ...], Field(max_length=_LIST_MOST)] = ()
    sources: Lines = ()
    weight: Annotated[float, Field(gt=0, le=10)] = 1.0
    threshold: Annotated[float, Field(ge=0, le=1)] = 0.3

    @model_validator(mode="after")
    def _says_something(self) -> _Interest:
        wanted = (self.text.strip(), self.keywords, self.authors, self.categories, self.examples)
        if not any(wanted) and not self.bibliography:
            raise ValueError(
                "asks for nothing; give it a text, keywords, authors, categories, examples "
                "or a bibliography"
            )
        return self


class _Trending(Schema):
    show: Annotated[int, Field(ge=0, le=100)] = 3


class _Profile(Schema):
    email: Address
    name: Annotated[Line, Field(max_length=100)] = ""
    timezone: Zone = ""
    send_at: ClockTime = ""
    days: tuple[Day, ...] | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 15
    when_empty: Literal["skip", "note"] = "skip"
    replacements: Literal["ignore", "only-if-sent", "show"] = "ignore"
    explore: Annotated[int, Field(ge=0, le=5)] = 0
    language: Literal["", "en", "de", "ar"] = ""
    template: Annotated[str, AfterValidator(_template)] | None = None
    paused_until: date | None = None
    interest: Annotated[tuple[_Interest, ...], Field(max_length=100)] = ()
    trending: _Trending | None = None

    @model_validator(mode="after")
    def _wants_something(self) -> _Profile:
        if not self.interest and not (self.trending and self.trending.show):
            raise ValueError("has neither [[interest]] nor [trending]; add one")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What the configuration gives a profile that does not say it."""

    timezone: str = "UTC"
    send_at: str = "07:30"
    days: tuple[str, ...] = WEEKDAYS
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFile:
    """One subscriber's profile as read, the place it stands at, and its content's hash.

    ``notes`` say what of its bibliographies could not be read.
    """

    place: str
    subscriber: Subscriber
    fingerprint: str
    notes: tuple[str, ...] = ()


def load(path: Path, defaults: Defaults) -> tuple[ProfileFile, ...]:
    """Read the profiles of a .toml or .jsonl file.

    Raises:
        SettingsError: with every mistake in the file.
    """
    if path.suffix == ".jsonl":
        return _load_lines(path, defaults)
    content, text = read_toml(path)
    return (_profile(content, str(path), text, path.parent, defaults),)


def of_content(content: Mapping[str, Any], defaults: Defaults) -> Subscriber:
    """Read what a profile file would hold, in its own words; places in mistakes are its keys.

    There is no folder that a bibliography could lie in: one that is named is refused.

    Raises:
        SettingsError: with every mistake in it.
    """
    if any("bibliography" in row for row in content.get("interest", ())):
        raise SettingsError([Problem("interest.bibliography", "is no file here", "upload it")])
    try:
        return _profile(content, _NOWHERE, "", Path(), defaults).subscriber
    except SettingsError as error:
        keys = [p.place.removeprefix(_NOWHERE).removeprefix(": ") for p in error.problems]
        raise SettingsError(
            [replace(p, place=key) for p, key in zip(error.problems, keys, strict=True)]
        ) from None


def _load_lines(path: Path, defaults: Defaults) -> tuple[ProfileFile, ...]:
    found: list[ProfileFile] = []
    problems: list[Problem] = []
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}:{number}"
        try:
            found.append(_profile(json.loads(line), place, "", path.parent, defaults))
        except (ValueError, RecursionError) as error:
            problems.append(Problem(place, f"is not JSON ({error})", "write one object a line"))
        except SettingsError as error:
            problems.extend(error.problems)
    if problems:
        raise SettingsError(problems)
    return tuple(found)


def _profile(
    content: Any,  # noqa: ANN401 whatever the file holds
    place: str,
    text: str,
    folder: Path,
    defaults: Defaults,
) -> ProfileFile:
    read = validate(_Profile, content, place, text)
    problems: list[Problem] = []
    notes: list[str] = []
    interests = tuple(
        _interest(row, number, folder, f"{place}: interest[{number + 1}]", problems, notes)
        for number, row in enumerate(read.interest)
    )
    if problems:
        raise SettingsError(problems)
    subscriber = Subscriber(
        id=subscriber_id(read.email),
        email=read.email,
        name=read.name,
        timezone=read.timezone or defaults.timezone,
        send_at=read.send_at or defaults.send_at,
        days=tuple(day for day in WEEKDAYS if day in read.days)
        if read.days is not None
        else defaults.days,
        status=Status.ACTIVE,
        paused_until=read.paused_until,
        profile=Profile(
            interests=interests,
            limit=read.limit,
            trending=read.trending.show if read.trending else 0,
            when_empty=read.when_empty,
            replacements=read.replacements,
            explore=read.explore,
            template=read.template or ("digest" if interests else "trending"),
            language=read.language or defaults.language,
        ),
    )
    return ProfileFile(
        place=place,
        subscriber=subscriber,
        fingerprint=hashlib.sha256(repr(subscriber).encode()).hexdigest(),
        notes=tuple(notes),
    )


def subscriber_id(email: str) -> str:
    """Give the id an address has, however it is spelled."""
    return hashed(canonical(email))


def _interest(
    row: _Interest,
    number: int,
    folder: Path,
    place: str,
    problems: list[Problem],
    notes: list[str],
) -> Interest:
    liked = list(map(examples.read, row.examples))
    if row.bibliography:
        try:
            library = _library(folder, row.bibliography)
            liked.extend(library.examples)
            notes.extend(library.notes(str(folder / row.bibliography)))
        except SettingsError as error:
            problems.extend(
                replace(p, place=f"{place}.bibliography: {p.place}") for p in error.problems
            )
    return Interest(
        name=row.name or _named_after(row, number),
        text=" ".join(row.text.split()),
        keywords=row.keywords,
        authors=row.authors,
        categories=row.categories,
        examples=tuple(liked),
        counterexamples=tuple(map(examples.read, row.counterexamples)),
        exclude=row.exclude,
        sources=row.sources,
        weight=row.weight,
        threshold=row.threshold,
    )


def _library(folder: Path, name: str) -> Library:
    """Read the bibliography ``name``, which must lie within the profile's folder."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        fault, cure = "lies outside the profile's folder", "put it beside the profile"
        raise SettingsError([Problem(str(path), fault, cure)])
    suffix = path.suffix.lower()
    if suffix not in bibliography.SUFFIXES:
        cure = f"give a file ending in {', '.join(bibliography.SUFFIXES)}"
        raise SettingsError([Problem(str(path), "is of no known format", cure)])
    return bibliography.parse(suffix, read_text(path, errors="replace"), str(path))


def _named_after(row: _Interest, number: int) -> str:
    """Name an interest without a name after what it asks for."""
    if not row.text and not row.keywords:
        return next(iter((*row.authors, *row.categories)), f"Interest {number + 1}")
    plain = [word for word in row.keywords if not set(word) & set('"():') and " AND " not in word]
    first: Iterator[str] = iter((*plain, *row.keywords))
    named = shorten(" ".join(row.text.split()), _NAME_MOST) or next(first)
    named = named.strip('"').rstrip("*.,;: ")
    return named[:1].upper() + named[1:] if named else f"Interest {number + 1}"


def files(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """List the profile files that ``paths`` name: files as they are, directories by content.

    Raises:
        SettingsError: a path does not exist, or a directory holds no profile.
    """
    found: list[Path] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir():
            here = sorted(p for p in path.iterdir() if p.suffix in {".toml", ".jsonl"})
            if not here:
                problems.append(
                    Problem(str(path), "holds no profile", "put files ending in .toml there")
                )
            found.extend(here)
        elif path.is_file():
            found.append(path)
        else:
            problems.append(Problem(str(path), "does not exist", "check the name"))
    if problems:
        raise SettingsError(problems)
    return tuple(dict.fromkeys(found))
