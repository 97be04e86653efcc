"""Writes a limit and thresholds back into a profile file, its comments and layout kept.

The one use of tomlkit. What is written is read again first, and must say just what it said before
but for these settings.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.container import Container
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, InlineTable, Item, Table

from digest.errors import ChangedError, Problem, SettingsError

LIMIT, THRESHOLD = "limit", "threshold"


def fingerprint(path: Path) -> str:
    """Give what changes with a file's content; "" where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def amend(path: Path, seen: str, limit: int | None, thresholds: Mapping[int, float]) -> None:
    """Write ``limit``, and thresholds by their interest's place, into the profile file ``path``.

    In one step: who reads the file finds the old content or the new one.

    Raises:
        ChangedError: the file has another fingerprint than ``seen``; nothing is written.
        SettingsError: it cannot be read or written, or not without changing more than that.
    """
    path = path.resolve()  # a link to a file stays one
    try:
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != seen:
            raise ChangedError(f"{path}: was changed meanwhile, and nothing was written")
        amended = amended_text(content.decode("utf-8-sig"), limit, thresholds)
        mark = content[:3] if content.startswith(b"\xef\xbb\xbf") else b""
        _replace(path, mark + amended.encode(), seen)
    except (OSError, UnicodeDecodeError) as error:
        fault = f"cannot be written ({getattr(error, 'strerror', None) or 'not UTF-8'})"
        raise SettingsError([Problem(str(path), fault, "change it by hand")]) from None
    except (ValueError, TOMLKitError) as error:
        fault = f"cannot be amended ({error})"
        raise SettingsError([Problem(str(path), fault, "change it by hand")]) from None


def amended_text(text: str, limit: int | None, thresholds: Mapping[int, float]) -> str:
    """Give the text of a profile with these settings, and all else as it stands.

    Raises:
        ValueError: that cannot be done.
    """
    document = tomlkit.parse(text)
    wanted: dict[str, Any] = tomllib.loads(text)
    end = "\r\n" if "\r\n" in text else "\n"
    if limit is not None:
        wanted[LIMIT] = limit
        _put(document, LIMIT, limit, end)
    interests: Any = document.get("interest", [])
    for place, threshold in thresholds.items():
        if not place < len(interests):
            raise ValueError(f"it has no interest {place + 1}")
        wanted["interest"][place][THRESHOLD] = threshold
        table = interests[place]
        if isinstance(table, InlineTable):
            table[THRESHOLD] = threshold
        else:
            _put(table.value, THRESHOLD, threshold, end)
    amended = tomlkit.dumps(document)
    if tomllib.loads(amended) != wanted:
        raise ValueError("it would say something else")
    return amended


def _put(table: Container, name: str, value: float, end: str) -> None:
    """Set a value, or add it after the last one that the table itself holds.

    tomlkit would add it after what stands between this table and the next one, which is mostly a
    comment on the next one.
    """
    if name in table:
        table[name] = value
        return
    own = [key for key, item in table.body if key is not None and not isinstance(item, AoT | Table)]
    if not own:
        table[name] = value
        return
    last: Item = table[own[-1]]
    last.trivia.trail = last.trivia.trail or end
    added: Item = tomlkit.item(value)
    added.trivia.trail = end
    table._insert_after(own[-1], name, added)  # noqa: SLF001 it has no public way to insert


def _replace(path: Path, content: bytes, seen: str) -> None:
    """Put new content in a file's place, with its owner and permissions."""
    state = path.stat()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        with suppress(PermissionError):
            os.chown(name, state.st_uid, state.st_gid)
        Path(name).chmod(state.st_mode & 0o7777)
        # Once more, as late as can be: an editor may have saved while this was written.
        if fingerprint(path) != seen:
            raise ChangedError(f"{path}: was changed meanwhile, and nothing was written")
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
