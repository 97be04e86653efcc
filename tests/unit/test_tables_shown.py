"""The tables that commands print: nothing of a cell is lost, whatever the width."""

from __future__ import annotations

import pytest

from digest.cli._shared import table

ADDRESS = "somebody.with.a.name@example.org"
ROW = (ADDRESS, "0123456789 " * 8, "Language agents, galaxies at high redshift " * 2)


def shown(capsys: pytest.CaptureFixture[str]) -> str:
    """Print the table, and give what stood on standard output."""
    table(("email", "number", "interests"), [ROW])
    return capsys.readouterr().out


def test_an_address_stays_in_one_piece(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a narrow terminal other columns are wrapped first, and lose no word."""
    monkeypatch.setenv("COLUMNS", "80")
    text = shown(capsys)
    assert (True, True) == (ADDRESS in text, max(map(len, text.splitlines())) <= 80)
    assert sorted(" ".join(ROW).split()) == sorted(" ".join(text.splitlines()[2:]).split())


def test_a_pipe_is_wide(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes into a file or pipe is not cut to a terminal that there is not."""
    monkeypatch.delenv("COLUMNS", raising=False)
    assert 160 >= max(map(len, shown(capsys).splitlines())) > 100
