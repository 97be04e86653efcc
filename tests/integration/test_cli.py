"""The command line: what each command prints, stores, and ends with."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import Result

import digest
from integration.conftest import Cli, feed_of, item

ADA, BOB = "ada@example.org", "bob@example.org"
PACKAGE = str(Path(digest.__file__).parent.parent)
BAD_PROFILE = 'email = "nobody"\n[[interest]]\nkeyword = ["x"]\n'


def lines(result: Result) -> list[str]:
    """Give what was printed on standard output."""
    return result.stdout.splitlines()


def ends(result: Result) -> tuple[int, int]:
    """Give the exit code and the number of lines on standard error."""
    return result.exit_code, len(result.stderr.splitlines())


def test_init_writes_what_check_accepts(cli: Cli, tmp_path: Path) -> None:
    """A configuration and profile made by init have no mistakes."""
    made = cli("init", str(tmp_path / "new"), "--yes", "--email", ADA, config=None)
    files = [tmp_path / "new/config.toml", *(tmp_path / "new/profiles").iterdir()]
    assert (0, [f"wrote {path}" for path in files]) == (made.exit_code, lines(made))
    checked = cli("check", config=files[0])
    assert (0, False) == (checked.exit_code, "WRONG" in checked.stdout)


def test_init_makes_a_secret_for_a_page(cli: Cli, tmp_path: Path) -> None:
    """With --base-url a secret is made that nobody else can read, and check warns of nothing."""
    folder = tmp_path / "new"
    options = ("--yes", "--email", ADA, "--base-url", "https://digest.example.org")
    made = cli("init", str(folder), *options, config=None)
    key = folder / "secret-key"
    assert (f"wrote {key}", 0o600) == (lines(made)[0], key.stat().st_mode & 0o777)
    checked = cli("check", config=folder / "config.toml")
    secret = key.read_text(encoding="utf-8").strip()
    assert (0, "", False) == (checked.exit_code, checked.stderr, secret in checked.stdout)


def test_init_refuses_a_wrong_base_url(cli: Cli, tmp_path: Path) -> None:
    """An address that mails cannot carry is refused in one line, and nothing is written."""
    folder = tmp_path / "new"
    refused = cli("init", str(folder), "--yes", "--base-url", "http://d.example", config=None)
    assert ((2, 1), False) == (ends(refused), folder.exists())


IMAP = '[bounces]\nimap = { host = "imap.example.org", username = "me" }\n'
PAGE = "https://d.example (run `digest web` for it)"
READ = "mails to digest@example.org: read them, and run `digest unsubscribe` for who writes"
BY_US = "mails to digest@example.org, if me at imap.example.org gets them: have `digest daemon`"


@pytest.mark.parametrize(
    ("base_url", "tables", "expected"),
    [
        ("", "", (True, f"nothing but you honours {READ}; set base_url, or [bounces] imap")),
        (
            "https://d.example",
            "",
            (False, f"https://d.example (run `digest web` for it), and {READ}"),
        ),
        ("", IMAP, (False, BY_US)),
        (
            "https://d.example",
            IMAP,
            (False, f"https://d.example (run `digest web` for it), and {BY_US}"),
        ),
    ],
    ids=["nothing", "a page", "a mailbox", "both"],
)
def test_check_says_what_stops_mails(
    cli: Cli, base_url: str, tables: str, expected: tuple[bool, str]
) -> None:
    """Check names the page and the mailbox that is read, and warns where there is neither."""
    cli.project.base_url, cli.project.tables = base_url, tables
    rows = {row["check"]: row for row in cli.json("check", "--json")}
    row = rows["unsubscribing"]
    assert (*expected, True) == (row["warning"], row["detail"][: len(expected[1])], row["ok"])


def test_a_warning_is_no_failure(cli: Cli) -> None:
    """People see "warn", and the command ends with 0."""
    cli.project.profile(ADA)
    result = cli("check")
    assert (0, True) == (result.exit_code, "\nwarn  unsubscribing: " in result.stdout)


def test_init_overwrites_nothing(cli: Cli, tmp_path: Path) -> None:
    """A second init in a folder is refused, and the files stay."""
    cli("init", str(tmp_path / "new"), "--yes", config=None)
    before = (tmp_path / "new/config.toml").read_text(encoding="utf-8")
    again = cli("init", str(tmp_path / "new"), "--yes", "--email", ADA, config=None)
    assert (
        2,
        True,
    ) == (again.exit_code, "config.toml: exists; nothing was written" in again.stderr)
    assert before == (tmp_path / "new/config.toml").read_text(encoding="utf-8")


def test_check_reports_each_part(cli: Cli) -> None:
    """Check gives one finding a part, and none is wrong."""
    cli.project.profile(ADA)
    found = cli.json("check", "--json")
    names = "configuration profiles templates database".split()
    names += ["language model", "signing", "unsubscribing", "mail server", "sources"]
    assert [(name, True) for name in names] == [(row["check"], row["ok"]) for row in found]


def test_check_online_logs_in_and_reads_sources(cli: Cli) -> None:
    """With --online the mail server and each source are asked, and nothing is stored."""
    cli.project.profile(ADA)
    found = {row["check"]: row["detail"] for row in cli.json("check", "--online", "--json")}
    said = (found["mail server"], found["source file"])
    assert said == (f"127.0.0.1:{cli.project.port} accepts us", "3 entries")
    assert not cli.project.database.exists()


@pytest.mark.parametrize(("broken", "code"), [("profile", 2), ("port", 1), ("source", 1)])
def test_check_ends_with_what_is_wrong(cli: Cli, broken: str, code: int) -> None:
    """Check ends with 2 for a wrong file, and 1 for a server or source that fails."""
    path = cli.project.profile(ADA)
    if broken == "profile":
        path.write_text(BAD_PROFILE, encoding="utf-8")
    elif broken == "port":
        cli.project.port = 1
    else:
        (cli.project.folder / "papers.json").unlink()
    result = cli("check", "--online")
    assert (code, True) == (result.exit_code, result.stdout.count("WRONG") > 0)


def test_subscribe_says_what_changed(cli: Cli) -> None:
    """A profile is subscribed, then unchanged, then changed in what it says."""
    path = cli.project.profile(ADA)
    said = [lines(cli("subscribe", str(path))), lines(cli("subscribe", str(path)))]
    cli.project.profile(ADA, "limit = 3")
    said.append(lines(cli("subscribe", str(path))))
    expected = ["subscribed (Graphs)", "unchanged", "changed (limit)"]
    assert said == [[f"{ADA}: {words}"] for words in expected]


def test_subscribe_takes_the_configured_folder(cli: Cli) -> None:
    """Without a path every profile of the folder is applied."""
    for email in (ADA, BOB):
        cli.project.profile(email)
    assert {
        ADA: "subscribed",
        BOB: "subscribed",
    } == {row["email"]: row["done"] for row in cli.json("subscribe", "--json")}


def test_a_file_is_applied_whole_or_not(cli: Cli) -> None:
    """One mistake refuses its whole file, with its line; another file is applied."""
    good = cli.project.profile(BOB)
    bad = cli.project.folder / "many.jsonl"
    right = '{"email": "cy@example.org", "trending": {}}'
    bad.write_text(f'{right}\n{{"email": "no"}}\n', encoding="utf-8")
    result = cli("subscribe", str(good), str(bad))
    assert (2, [f"{BOB}: subscribed (Graphs)"]) == (result.exit_code, lines(result))
    assert all(line.startswith(f"{bad}:2") for line in result.stderr.splitlines())


def test_an_unsubscribed_address_is_left_alone(cli: Cli) -> None:
    """A profile does not bring back who said stop; it is named."""
    path = cli.project.profile(ADA)
    cli("subscribe", str(path))
    stopped = cli("unsubscribe", ADA.upper())
    cli.project.profile(ADA, "limit = 3")
    (again,) = cli.json("subscribe", "--json", str(path))
    assert [f"{ADA.upper()}: unsubscribed"] == lines(stopped)
    assert (
        ADA,
        "left alone",
        "asked to stop",
    ) == (again["email"], again["done"], again["detail"][:13])


@pytest.mark.parametrize("subscribed", [True, False])
def test_unsubscribing_twice_is_harmless(cli: Cli, *, subscribed: bool) -> None:
    """To stop or forget an address once more ends as well as the first time."""
    if subscribed:
        cli("subscribe", str(cli.project.profile(ADA)))
    commands = ("unsubscribe", "unsubscribe", "forget", "forget", "unsubscribe")
    assert [0] * 5 == [cli(command, ADA).exit_code for command in commands]
    assert [ADA] == [row["email"] for row in cli.project.rows("suppressions")]


def test_reactivate_brings_an_address_back(cli: Cli) -> None:
    """Only --reactivate mails an address again that was stopped."""
    path = cli.project.profile(ADA)
    cli("subscribe", str(path))
    cli("unsubscribe", ADA)
    assert [f"{ADA}: reactivated"] == lines(cli("subscribe", "--reactivate", str(path)))
    assert ["active"] == [row["status"] for row in cli.json("subscribers", "--json")]


def test_prune_unsubscribes_who_has_no_profile(cli: Cli) -> None:
    """A removed file changes nothing until --prune."""
    paths = [cli.project.profile(email) for email in (ADA, BOB)]
    cli("subscribe")
    paths[1].unlink()
    kept = lines(cli("subscribe"))
    pruned = lines(cli("subscribe", "--prune"))
    assert [f"{ADA}: unchanged"] == kept
    assert [f"{ADA}: unchanged", f"{BOB}: unsubscribed"] == pruned


def test_prune_waits_for_profiles_without_mistakes(cli: Cli) -> None:
    """Nobody is pruned while a profile cannot be read."""
    paths = [cli.project.profile(email) for email in (ADA, BOB)]
    cli("subscribe")
    paths[1].write_text(BAD_PROFILE, encoding="utf-8")
    result = cli("subscribe", "--prune")
    assert (2, [f"{ADA}: unchanged"]) == (result.exit_code, lines(result))
    assert ["active", "active"] == [row["status"] for row in cli.json("subscribers", "--json")]


def test_forget_keeps_the_suppression_alone(cli: Cli) -> None:
    """A forgotten address leaves no subscriber or edition, and is still not mailed."""
    path = cli.project.profile(ADA)
    cli("subscribe", str(path))
    cli("run")
    assert [f"{ADA}: forgotten"] == lines(cli("forget", ADA))
    left = [len(cli.project.rows(table)) for table in ("subscribers", "deliveries", "suppressions")]
    assert [0, 0, 1] == left
    assert ["left alone"] == [row["done"] for row in cli.json("subscribe", "--json", str(path))]


def test_subscribers_are_listed(cli: Cli) -> None:
    """Subscribers --json gives the documented keys."""
    cli.project.subscribe(ADA, settings='name = "Ada"\ntimezone = "Europe/London"')
    expected = {
        "email": ADA,
        "name": "Ada",
        "status": "active",
        "timezone": "Europe/London",
        "send_at": "00:00",
        "interests": ["Graphs"],
    }
    assert [expected] == cli.json("subscribers", "--json")


def test_pull_says_what_came(cli: Cli) -> None:
    """Pull --json gives each source's state and counts."""
    expected = {"name": "file", "state": "new", "detail": "", "entries": 3}
    assert [expected | {"new": 3, "updated": 0, "failed": False}] == cli.json("pull", "--json")


def test_pull_ends_with_1_if_a_source_failed(cli: Cli) -> None:
    """A broken source makes the exit code 1."""
    (cli.project.folder / "papers.json").unlink()
    assert 1 == cli("pull").exit_code


def test_search_finds_by_topic(cli: Cli) -> None:
    """Search --json gives id, title, link and score, the best first."""
    body = feed_of(item(1, "Graph networks"), item(2, "Pianos"))
    (cli.project.folder / "papers.json").write_bytes(body)
    cli("pull")
    (found,) = cli.json("search", "--json", "piano*")
    score = found.pop("score")
    url = "https://arxiv.org/abs/2601.00002"
    wanted = {"id": "arxiv:2601.00002", "title": "Pianos", "url": url}
    assert found | wanted == found
    assert score > 0


@pytest.mark.parametrize(
    "arguments",
    [["serch"], ["run", "--date", "2999-01-01"], ["run", "--date", "soon"], ["search"], ["match"]],
    ids=" ".join,
)
def test_wrong_usage_is_2(cli: Cli, arguments: Sequence[str]) -> None:
    """Wrong usage ends with 2, says nothing on standard output, and shows no traceback."""
    result = cli(*arguments)
    assert (2, "") == (result.exit_code, result.stdout)
    assert "Traceback" not in result.stderr


def test_an_unknown_command_suggests_one(cli: Cli) -> None:
    """A slip of the pen is answered with the nearest command."""
    assert 'Did you mean "search"?' in cli("serch").stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["status"],
        ["subscribers"],
        ["search", "x"],
        ["outbox"],
        ["run", "--only", ADA],
        ["preview", ADA],
        ["match", "missing.toml"],
        ["why", "missing.toml", "x"],
        ["pull", "--source", "nine"],
        ["subscribe", "missing.toml"],
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_2(cli: Cli, arguments: Sequence[str]) -> None:
    """A database, profile, subscriber or source that is not there is one line and exit 2."""
    result = cli(*arguments)
    assert ((2, 1), "") == (ends(result), result.stdout)


def test_every_mistake_in_a_configuration_is_named(cli: Cli) -> None:
    """A wrong configuration is refused with a line a mistake, and the nearest right word."""
    cli.project.smtp = 'linger = 0\nsecurty = "tls"\ntimeout = "soon"'
    result = cli("status")
    assert (2, 2) == ends(result)
    assert 'did you mean "security"?' in result.stderr


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the program as a process."""
    return subprocess.run(
        [sys.executable, "-m", "digest", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": PACKAGE},
    )


def test_a_process_ends_as_the_command_does(tmp_path: Path) -> None:
    """As a process, a missing configuration is one line on standard error and exit 2."""
    ended = run("--config", str(tmp_path / "none.toml"), "status")
    assert (2, "", 1) == (ended.returncode, ended.stdout, ended.stderr.count("\n"))


def test_the_demo_needs_nothing(tmp_path: Path) -> None:
    """The demonstration sends three mails and keeps them as files."""
    ended = run("demo", "--out", str(tmp_path / "demo"))
    kept = sorted(path.name for path in (tmp_path / "demo/inbox").glob("*.eml"))
    assert (0, "") == (ended.returncode, ended.stderr)
    assert [f"{name}@example.org.eml" for name in ("ada", "edwin", "noor")] == kept
