"""The command line's tune: stored days replayed, profiles compared, and what cannot be tuned."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from builders import entry

from integration.conftest import NOON, Cli, feed_of, item

ADA = "ada@example.org"
# Two days: graphs and cooking, then trees and cooking; each day's summaries are its own.
DAYS = (
    [item(1, "Graph networks"), item(2, "Graphs and trees"), item(3, "Pasta")],
    [item(4, "Trees"), item(5, "Rice")],
)


@pytest.fixture(name="days")
def days_(cli: Cli) -> Cli:
    """Have stored two days of papers, at noon in UTC."""
    for day, papers in enumerate(DAYS):
        cli.project.clock.at = NOON + timedelta(days=day)
        body = feed_of(*(one | {"content_text": "Words."} for one in papers))
        (cli.project.folder / "papers.json").write_bytes(body)
        cli.project.app.pull()
    return cli


def tuned(cli: Cli, *arguments: str, keyword: str = "graph*", settings: str = "") -> Any:  # noqa: ANN401 whatever is printed
    """Tune a profile of one keyword, and read what is printed."""
    path = str(cli.project.profile(ADA, settings, keyword))
    return cli.json("tune", path, "--json", *arguments)


def test_each_day_chooses_from_what_was_new_on_it(days: Cli) -> None:
    """Every day's candidates are the entries first stored on it; all are shown or left out."""
    found = tuned(days)
    rows = [
        (row["date"], row["candidates"], row["shown"], row["left_out"]) for row in found["days"]
    ]
    below = "below the threshold"
    assert [("2026-03-02", 3, 2, {below: 1}), ("2026-03-03", 2, 0, {below: 2})] == rows
    assert ("2026-03-02", "2026-03-03", 5) == tuple(found[k] for k in ("first", "last", "entries"))


def test_the_date_is_the_readers_own(days: Cli) -> None:
    """An entry belongs to the local date on which it was first stored."""
    found = tuned(days, settings='timezone = "Pacific/Kiritimati"')
    assert ["2026-03-03", "2026-03-04"] == [row["date"] for row in found["days"]]


def test_an_interest_is_told_in_json(days: Cli) -> None:
    """Each interest has its steps, its settings with their counts, and what to set instead."""
    (found,) = tuned(days, settings="limit = 2")["interests"]
    now = {"threshold": 0.3, "a_day": 1.0, "days_without": 1}
    assert ("Graphs", 2.0, now, [2, 0]) == tuple(found[k] for k in ("name", "share", "now", "days"))
    assert 9 == len(found["thresholds"])
    assert [("keywords", "graph*", 2)] == [
        (row["setting"], row["value"], row["entries"]) for row in found["settings"]
    ]


def test_since_leaves_out_what_is_older(days: Cli) -> None:
    """Days before --since are not replayed."""
    assert ["2026-03-03"] == [row["date"] for row in tuned(days, "--since", "2026-03-03")["days"]]


def test_the_default_is_fourteen_stored_days(cli: Cli) -> None:
    """Without --since the last fourteen dates on which something new came are replayed."""
    for day in range(16):
        cli.project.clock.at = NOON + timedelta(days=2 * day)
        cli.project.papers(day + 1)
        cli.project.app.pull()
    found = tuned(cli)
    assert ("2026-03-06", 14) == (found["first"], len(found["days"]))


def test_since_before_all_that_is_stored_is_said(days: Cli) -> None:
    """A date before the first stored one begins there, which is said on standard error."""
    path = str(days.project.profile(ADA))
    result = days("tune", path, "--since", "2026-01-01", "--json")
    said = "warning: nothing is stored from before 2026-03-02; the replay begins there\n"
    assert (0, said) == (result.exit_code, result.stderr)


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["--since", "2999-01-01"], "", "2999-01-01 is in the future; give a past date to --since"),
        (["--since", "2026-03-04"], "", "no entry was first stored since 2026-03-04, the newest "),
        (["--against", "none.toml"], "", "none.toml: does not exist; check the name"),
        ([], "[trending]\nshow = 3", "ada.toml: has no [[interest]], only [trending], so there is"),
        ([], "[[interest]]", "ada.toml:2: interest[1]: asks for nothing; give it a text,"),
    ],
    ids=str,
)
def test_what_cannot_be_tuned_is_one_line_and_2(
    days: Cli, arguments: list[str], settings: str, said: str
) -> None:
    """A wrong date or profile is named in one line, with the cure, and nothing is printed."""
    path = days.project.profile(ADA)
    if settings:
        path.write_text(f'email = "{ADA}"\n{settings}\n', encoding="utf-8")
    result = days("tune", str(path), *arguments, "--json")
    assert (2, "", 1) == (result.exit_code, result.stdout, len(result.stderr.splitlines()))
    assert said in result.stderr


def test_nothing_stored_is_one_line_and_2(cli: Cli) -> None:
    """A database without entries says how to fill it."""
    with cli.project.app.store():
        result = cli("tune", str(cli.project.profile(ADA)))
    assert (2, "no entries are stored yet; run `digest pull`\n") == (
        result.exit_code,
        result.stderr,
    )


@pytest.fixture
def other(days: Cli) -> str:
    """Write another profile, which wants trees."""
    return str(days.project.profile("other@example.org", keyword="tree*"))


def test_against_tells_what_another_profile_changes(days: Cli, other: str) -> None:
    """For each day: what comes in and what falls out with the other profile; and the totals."""
    found = tuned(days, "--against", other)["against"]
    rows = [(row["date"][-2:], row["change"], row["title"]) for row in found["changes"]]
    assert [("02", "-", "Graph networks"), ("03", "+", "Trees")] == rows
    assert {"in": 1, "out": 1, "moved": 0, "kept": 1} == found["totals"]


def test_against_is_printed_as_a_difference(days: Cli, other: str) -> None:
    """The difference is readable: date, sign, score, title, interest; the totals last."""
    result = days("tune", str(days.project.profile(ADA)), "--against", other)
    lines = result.stdout.splitlines()
    assert ["Tue  3 Mar", "+ 0.55  Trees", "        Graphs", ""] == lines[-5:-1]
    assert "1 come in, 1 fall out, 0 change their interest, 1 stay as they are" == lines[-1]


def test_a_subscriber_is_tuned_by_address(days: Cli) -> None:
    """An address stands for the profile that was subscribed."""
    days.project.subscribe(ADA)
    assert ADA == days.json("tune", ADA, "--json")["profile"]


LONG = "a word found nowhere, " + "long " * 20


@pytest.fixture
def report(days: Cli) -> str:
    """Print a report on sixty entries, a profile with words to drop and a threshold to raise."""
    days.project.papers(*range(10, 70))
    days.project.clock.at = NOON
    days.project.app.pull()
    path = days.project.profile(ADA, "limit = 1")
    words = f'["graph*", "trees", "pasta", "ti:graph", "tree{"s" * 70}", "{LONG}"]'
    text = path.read_text(encoding="utf-8").replace('["graph*"]', words)
    path.write_text(text + "threshold = 0.2\n", encoding="utf-8")
    return days("tune", "profiles/ada.toml").stdout


def test_a_report_fits_the_terminal(report: str) -> None:
    """No line is wider than 80 columns, however long the words."""
    assert [] == [line for line in report.splitlines() if len(line) > 80]


def test_a_report_plots_each_day_and_marks_the_threshold(report: str) -> None:
    """A day has a letter an entry; the present threshold stands among the tenths."""
    lines = report.splitlines()
    assert "  Mon  2 Mar      63      1  A" in lines
    (now,) = [row for row in lines if row.startswith("  now")]
    assert f"  now  0.20    32.0     0 of 2      {'#' * 32}" == now


def test_suggestions_can_be_pasted(report: str) -> None:
    """What is suggested is TOML, with the reasons as comments."""
    pasted: Mapping[str, Any] = tomllib.loads(report.partition("into the profile:")[2])
    assert {"keywords": ["trees", "pasta"]} == pasted


def test_few_entries_are_said_to_say_little(days: Cli) -> None:
    """A report on a handful of entries says that it is not much to go by."""
    result = days("tune", str(days.project.profile(ADA)))
    assert "So few entries (5) say little: replay more days." in result.stdout.splitlines()


def test_tune_stores_nothing(days: Cli) -> None:
    """The database is the same before and after."""
    before = days.project.rows("entries"), days.project.rows("editions"), days.project.outbox()
    tuned(days)
    after = days.project.rows("entries"), days.project.rows("editions"), days.project.outbox()
    assert before == after


def test_a_day_begins_at_midnight(cli: Cli) -> None:
    """What was first stored at the very midnight belongs to the day that begins."""
    for day in range(2):
        midnight = NOON + timedelta(days=day, hours=-12)
        with cli.project.app.store() as store:
            store.entries.keep([entry(f"Graph {day}", guid=f"{day}")], midnight)
    found = tuned(cli, "--since", "2026-03-03")
    assert [("2026-03-03", 1)] == [(row["date"], row["candidates"]) for row in found["days"]]
