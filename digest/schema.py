"""Reads TOML into checked values, with every mistake named by file, line and key.

The one place that uses pydantic and tomllib.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    model_validator,
)
from pydantic import ValidationError as PydanticError

from digest.errors import Problem, SettingsError
from digest.locate import Loc, locate
from digest.model import Day
from digest.text import shorten, squash

__all__ = [
    "Address",
    "AfterValidator",
    "ClockTime",
    "Day",
    "Field",
    "Line",
    "PlainValidator",
    "Schema",
    "Zone",
    "check_address",
    "check_zone",
    "locate",
    "model_validator",
    "nearest",
    "options",
    "read_text",
    "read_toml",
    "validate",
]

_T = TypeVar("_T")
_ADDRESS_MOST = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
_LOCAL_MOST = 64  # RFC 5321 section 4.5.3.1.1
_LINE_MOST = 1000
_SHOWN_MOST = 60
_FILE_MOST = 50_000_000
_LOCAL = re.compile(r"[^\s\x00-\x1f\x7f@<>()\[\]\\,;:\"]+")
_DOMAIN = re.compile(r"(?!-)[^\s\x00-\x2c\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]+(?<![-.])")


class Schema(BaseModel):
    """A table of settings: frozen, strict about names."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def check_address(value: str) -> str:
    """Check an address and give it with its domain in lower case.

    RFC 5321 with the letters of RFC 6531; quoted local parts are not taken, nor characters that
    show nothing, or turn round what stands about them.

    Raises:
        ValueError: it is none.
    """
    local, at, domain = value.strip().rpartition("@")
    if (
        not at
        or not _LOCAL.fullmatch(local)
        or local.startswith(".")
        or local.endswith(".")
        or ".." in value
        or not _DOMAIN.fullmatch(domain)
        or squash(value.strip()) != value.strip()
        or len(local.encode()) > _LOCAL_MOST
        or len(value.encode()) > _ADDRESS_MOST
    ):
        raise ValueError('is not an e-mail address; write for instance "ada@example.org"')
    return f"{local}@{domain.lower()}"


def _line(value: str) -> str:
    if any(ord(char) < ord(" ") or char in "\x7f\u2028\u2029" for char in value):
        raise ValueError("holds a line break or control character; write it on one line")
    if len(value) > _LINE_MOST:
        raise ValueError(f"is longer than {_LINE_MOST} characters; shorten it")
    return value.strip()


def check_zone(value: str) -> str:
    """Check the name of a time zone.

    Raises:
        ValueError: there is none of that name.
    """
    # Imported here: reading the list of zones touches the disk.
    from zoneinfo import ZoneInfo, available_timezones

    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        cure = nearest(value, sorted(available_timezones()))
        cure = cure or 'write a name such as "Europe/Berlin" or "UTC"'
        raise ValueError(f'"{value}" is not a time zone; {cure}') from None
    return value


def _clock(value: object) -> str:
    """Check HH:MM; TOML also has a time of its own, 07:30:00."""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, str) and re.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d", value):
        return value.zfill(5)
    raise ValueError(f'"{value}" is not a time of day; write for instance "07:30"')


Line = Annotated[str, AfterValidator(_line)]
Address = Annotated[str, AfterValidator(_line), AfterValidator(check_address)]
Zone = Annotated[str, AfterValidator(check_zone)]
ClockTime = Annotated[str, BeforeValidator(_clock)]


def read_text(path: Path, *, errors: str = "strict") -> str:
    """Read a file that a setting names, as UTF-8.

    Raises:
        SettingsError: it does not exist, is too large, cannot be read, or is not UTF-8.
    """
    try:
        if path.stat().st_size > _FILE_MOST:
            fault = f"is larger than {_FILE_MOST // 1_000_000} MB"
            raise SettingsError([Problem(str(path), fault, "give a smaller file")])
        return path.read_text(encoding="utf-8-sig", errors=errors)
    except UnicodeDecodeError as error:
        cure = "save it as UTF-8"
        raise SettingsError([Problem(str(path), f"is not UTF-8 ({error.reason})", cure)]) from None
    except OSError as error:
        fault = f"cannot be read ({error.strerror})"
        raise SettingsError([Problem(str(path), fault, "check the name")]) from None


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """Read a TOML file; gives its content and its text, for ``locate``.

    Raises:
        SettingsError: it cannot be read, or is not TOML.
    """
    text = read_text(path)
    try:
        return tomllib.loads(text), text
    except (ValueError, RecursionError) as error:
        found = re.search(r"\(at line (\d+)", str(error))
        # The parser's "end of document" names no line: it is the last one.
        line = found.group(1) if found else str(text.count("\n") + 1)
        said = str(error).split(" (at")[0]
        fault = f"is not TOML: {said}"
        cure = "strings stand in quotation marks, lists in brackets"
        if "overwrite" in said or "Cannot declare" in said:
            cure = "a name or table is given twice; keep one"
        raise SettingsError([Problem(f"{path}:{line}", fault, cure)]) from None


def validate(model: type[_T], content: object, place: str, text: str = "") -> _T:
    """Check ``content`` against ``model``.

    ``place`` names the file; with its ``text``, each mistake names its line too.

    Raises:
        SettingsError: with all mistakes at once, in the order of their lines.
    """
    try:
        return TypeAdapter(model).validate_python(content)
    except PydanticError as error:
        found = [_located(mistake, model, place, text) for mistake in error.errors()]
    raise SettingsError([problem for _, problem in sorted(found, key=lambda row: row[0])])


def _located(
    mistake: Any,  # noqa: ANN401 pydantic's ErrorDetails
    model: type,
    place: str,
    text: str,
) -> tuple[int, Problem]:
    loc: Loc = tuple(part for part in mistake["loc"] if not str(part).startswith("function-"))
    line = locate(text, loc) if text else 0
    where = f"{place}:{line}" if line else place
    fault, cure = _explained(mistake, loc, model)
    return line, Problem(f"{where}: {_key(loc)}" if loc else where, fault, cure)


def _key(loc: Loc) -> str:
    """Write a place within a file as one would say it: ``interest[2].keywords[1]``."""
    said = ""
    for part in loc:
        said += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if said else str(part)
    return said


# What pydantic's kinds of mistake, by how their names begin, want instead.
_WANTED = {
    "string_type": ("a text", 'it in quotation marks, like "this"'),
    "list_type": ("a list", 'for instance ["this", "that"]'),
    "tuple_type": ("a list", 'for instance ["this", "that"]'),
    "int_": ("a whole number", "digits, as 20_000_000"),
    "float_": ("a number", "for instance 2.5"),
    "bool_": ("true or false", "true or false"),
    "date_": ("a date", "for instance 2027-01-10"),
    "path_": ("a path", 'it in quotation marks, like "this"'),
}


def _explained(mistake: Any, loc: Loc, model: type) -> tuple[str, str]:  # noqa: ANN401
    kind, given = mistake["type"], mistake.get("input")
    shown = shorten(repr(given), _SHOWN_MOST)
    context = mistake.get("ctx", {})
    if kind == "extra_forbidden":
        known = _fields(model, loc[:-1])
        cure = nearest(str(loc[-1]), known) or f"known are {', '.join(known)}"
        return "no such setting", cure
    if kind == "value_error":
        fault, _, cure = str(context.get("error", mistake["msg"])).partition("; ")
        return fault, cure
    if kind == "missing":
        return "is missing", "add it"
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        cure = nearest(str(given), choices) or f"write one of {', '.join(map(repr, choices))}"
        return f"{shown} is not one of the choices", cure.replace("'", '"')
    if kind == "tuple_type" and isinstance(given, dict) and len(loc) == 1:
        return "is one table where a list of them stands", f"write [[{_key(loc)}]]"
    if kind in {"model_type", "dataclass_type", "dict_type"}:
        return f"{shown} is of the wrong kind", f"write a table, [{_key(loc)}]"
    for beginning, (what, cure) in _WANTED.items():
        if kind.startswith(beginning):
            return f"{shown} is not {what}", f"write {cure}"
    return _out_of_bounds(mistake, loc, shown)


def _out_of_bounds(mistake: Any, loc: Loc, shown: str) -> tuple[str, str]:  # noqa: ANN401
    if mistake["type"] == "too_long":
        name = f"{str(loc[-1]).removesuffix('s')}s"
        most = mistake["ctx"]["max_length"]
        return f"has {len(mistake['input'])} {name}; at most {most} are read", "take some out"
    said = str(mistake["msg"])
    return f"{shown} cannot be used here", said[:1].lower() + said[1:]


def nearest(given: str, known: Sequence[str]) -> str:
    """Suggest the nearest right word, or ""."""
    by_lower = {word.lower(): word for word in known}
    found = difflib.get_close_matches(given.lower(), list(by_lower), n=1, cutoff=0.6)
    return f'did you mean "{by_lower[found[0]]}"?' if found else ""


def _fields(model: Any, loc: Loc) -> list[str]:  # noqa: ANN401 a type with its parameters
    """Name the settings of the table at ``loc``."""
    for part in loc:
        if isinstance(part, int):
            continue
        fields = getattr(model, "model_fields", {})
        by_name = {field.alias or name: field for name, field in fields.items()}
        if part not in by_name:
            return []
        model = by_name[part].annotation
        while getattr(model, "__args__", None):
            model = model.__args__[0]
    fields = getattr(model, "model_fields", {})
    return sorted(field.alias or name for name, field in fields.items())


def options(cls: type[_T], given: Mapping[str, Any], base: Path) -> _T:
    """Make a source's options out of a table, its paths taken relative to ``base``.

    Raises:
        ValueError: a name or value is wrong; the message holds fault and cure.
    """
    if not dataclasses.is_dataclass(cls):
        raise TypeError(f"{cls} is not a dataclass")
    names = [field.name for field in dataclasses.fields(cls)]
    for name in given:
        if name not in names:
            cure = nearest(name, names) or f"known are {', '.join(['name', 'kind', *names])}"
            raise ValueError(f'has no setting "{name}"; {cure}')
    values = dict(given)
    for field in dataclasses.fields(cls):
        required = field.default is dataclasses.MISSING
        if required and field.name not in values:
            raise ValueError(f"needs {field.name}; add it")
        if "Path" in str(field.type) and isinstance(given.get(field.name, ""), str):
            values[field.name] = base / Path(given.get(field.name, "")).expanduser()
        if field.name == "url" and "url" in values:
            _check_url(values["url"])
    try:
        return TypeAdapter(cls).validate_python(values)
    except PydanticError as error:
        mistake = error.errors()[0]
        fault, cure = _explained(mistake, mistake["loc"], cls)
        name = f"{_key(mistake['loc'])}: " if mistake["loc"] else ""
        raise ValueError(f"{name}{fault}; {cure}") from None


def _check_url(value: object) -> None:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or re.search(r"\s", str(value)):
        raise ValueError(f"url: {value!r} is not an address; write https://...")
