"""digest.logs: lines as text and JSON, without secrets and without breaks."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from digest import logs
from digest.logs import about, begin
from digest.tables import Log

SECRET = 'pass"word\\1'
log = logging.getLogger("digest")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave logging as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    log.setLevel(logging.NOTSET)


def test_json_holds_what_a_line_is_about(capsys: pytest.CaptureFixture[str]) -> None:
    """A line is one object: time in UTC, level, message, and the fields it is about."""
    begin(Log(format="json"))
    log.warning("%s was refused", "ada", extra=about(job="send", new=3))
    content = json.loads(capsys.readouterr().err)
    assert content.pop("time").endswith("+00:00")
    expected = {"level": "warning", "message": "ada was refused", "job": "send", "new": 3}
    assert expected == content


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_covered(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A secret in a message, a field or a traceback is covered, whatever letters it has."""
    begin(Log.model_validate({"format": form}), hidden=[SECRET, "abc"])
    try:
        raise ValueError(SECRET)
    except ValueError:
        log.exception("with %s, abc", SECRET, extra=about(field=SECRET))
    said = capsys.readouterr().err
    assert (False, True, True) == ("pass" in said, logs.COVER in said, "ValueError" in said)
    assert "with ***, abc" in said


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_stays_one_line(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a server says cannot begin a line of its own, nor colour the terminal."""
    begin(Log.model_validate({"format": form}))
    log.info("said %s", "250 ok\r\n2026-01-01 INFO forged \x1b[31m")
    lines = capsys.readouterr().err.splitlines()
    assert (1, False) == (len(lines), "\x1b" in lines[0])


@pytest.mark.parametrize(
    ("configured", "asked", "expected"),
    [
        ("info", "", 2),
        ("debug", "", 3),
        ("error", "", 0),
        ("error", "debug", 3),
        ("info", "warning", 1),
    ],
)
def test_levels(
    configured: str, asked: str, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is less grave than configured is not said; the command line comes first."""
    begin(Log.model_validate({"level": configured}), asked)
    log.debug("one")
    log.info("two")
    log.warning("three")
    assert expected == len(capsys.readouterr().err.splitlines())


def test_of_libraries_only_warnings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """At debug level too, what an HTTP client says of its requests stays untold."""
    begin(Log(level="debug"))
    logging.getLogger("httpx").info("GET https://example.org/?key=secret")
    logging.getLogger("httpx").warning("odd")
    assert ["odd"] == [line.split()[-1] for line in capsys.readouterr().err.splitlines()]
