"""Has long-running commands say what they do: a line each on standard error, as text or JSON.

A secret that finds its way into a message is covered, and a line stays one line.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from digest.tables import Log

COVER = "***"
_SHORTEST = 4  # characters: covering what is shorter would garble every line
_BREAKS = str.maketrans({"\r": "\\r", "\n": "\\n", "\x1b": "\\x1b"})


def begin(log: Log, level: str = "", hidden: Sequence[str] = ()) -> None:
    """Say what is at least as grave as ``level``, or as configured; cover what is ``hidden``.

    Of libraries only warnings are told: what they say of requests holds whatever is in addresses.
    """
    formatter = _Json(hidden) if log.format == "json" else _Text(hidden)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("digest").setLevel((level or log.level).upper())


def level_of(*, quiet: bool, verbose: int) -> str:
    """Give the level that the command line asks for, or ""."""
    return "warning" if quiet else "debug" if verbose else ""


def about(**fields: object) -> dict[str, dict[str, object]]:
    """Give fields that go beside a message where the log is JSON, for ``extra``."""
    return {"about": fields}


class _Text(logging.Formatter):
    """Writes time, level and message; a traceback follows on lines of its own."""

    def __init__(self, hidden: Sequence[str]) -> None:
        super().__init__()
        self._hidden = sorted((text for text in hidden if len(text) >= _SHORTEST), key=len)[::-1]

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created).astimezone()
        line = f"{at:%Y-%m-%d %H:%M:%S%z} {record.levelname} {self.said(record)}"
        trace = self.trace(record)
        return f"{line}\n{trace}" if trace else line

    def said(self, record: logging.LogRecord) -> str:
        """Give the message on one line, covered."""
        return self.covered(record.getMessage()).translate(_BREAKS)

    def trace(self, record: logging.LogRecord) -> str:
        """Give the traceback, covered; or ""."""
        if not record.exc_info:
            return ""
        return self.covered(self.formatException(record.exc_info))

    def covered(self, text: str) -> str:
        """Cover what is hidden."""
        for secret in self._hidden:
            text = text.replace(secret, COVER)
        return text


class _Json(_Text):
    """Writes one object a line: time, level, message, and what it is about."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "about", {})
        content = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": self.said(record),
            **{name: self._plain(value) for name, value in fields.items()},
        }
        if trace := self.trace(record):
            content["trace"] = trace
        return json.dumps(content, ensure_ascii=False)

    def _plain(self, value: object) -> object:
        return value if isinstance(value, int | float) else self.covered(str(value))
