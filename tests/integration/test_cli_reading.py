"""The command line's reading commands, run, status and outbox: JSON, files and exit codes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integration.conftest import Cli, Project, feed_of, item
from integration.servers import Mailbox

ADA, BOB = "ada@example.org", "bob@example.org"
LISTED = (item(1, "On trees"), item(2, "Graph networks"), item(3, "Graphs surveyed"), item(4, "X"))


@pytest.fixture
def listing(cli: Cli) -> str:
    """Write a listing: a paper about trees, two about graphs, and one about nothing."""
    path = cli.project.folder / "listing.json"
    items = [one | {"content_text": "Words."} for one in LISTED]
    path.write_bytes(feed_of(*items))
    return str(path)


@pytest.fixture
def ada(cli: Cli) -> str:
    """Write a profile that wants graphs and no surveys."""
    path = cli.project.profile(ADA)
    path.write_text(path.read_text(encoding="utf-8") + 'exclude = ["survey*"]', encoding="utf-8")
    return str(path)


def entry(rank: int, number: int, title: str) -> dict[str, Any]:
    """Give a row of match --json for an entry that matches by its title."""
    url = f"https://arxiv.org/abs/2601.0000{number}"
    reason = {"matcher": "keywords", "reason": "“graph…” in the title", "score": 0.55}
    return {
        "rank": rank,
        "id": f"arxiv:2601.0000{number}",
        "source_ids": [url],
        "title": title,
        "url": url,
        "score": 0.55,
        "interest": "Graphs",
        "evidence": [reason],
    }


def test_match_lists_what_is_past_the_threshold(cli: Cli, ada: str, listing: str) -> None:
    """Match --json gives the documented object, with the evidence."""
    found = cli.json("match", ada, "--listing", listing, "--json")
    assert {"profile": ada, "entries": [entry(1, 2, "Graph networks")]} == found


def test_match_all_lists_every_candidate_once(cli: Cli, ada: str, listing: str) -> None:
    """With --all excluded and zero-scored entries are listed too, in the listing's order."""
    found = cli.json("match", ada, "--listing", listing, "--all", "--json")["entries"]
    rows = [(row["rank"], row["id"][-1], row["interest"]) for row in found]
    assert [(1, "2", "Graphs"), (2, "1", None), (3, "3", None), (4, "4", None)] == rows
    assert [0, 0, 0] == [row["score"] for row in found[1:]]


def test_match_all_ignores_the_profiles_limit(cli: Cli, listing: str) -> None:
    """Only --limit shortens what --all lists."""
    path = str(cli.project.profile(ADA, "limit = 1"))
    counts = [
        len(cli.json("match", path, "--listing", listing, "--json", *more)["entries"])
        for more in ((), ("--all",), ("--all", "--limit", "3"))
    ]
    assert [1, 4, 3] == counts


def test_match_of_several_profiles_gives_a_line_each(cli: Cli, ada: str, listing: str) -> None:
    """Several profiles give one object a line, in their order."""
    bob = str(cli.project.profile(BOB, keyword="tree*"))
    result = cli("match", ada, bob, "--listing", listing, "--json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    found = [(row["profile"], [one["id"][-1] for one in row["entries"]]) for row in rows]
    assert [(ada, ["2"]), (bob, ["1"])] == found


def test_match_merges_listings(cli: Cli, ada: str, listing: str) -> None:
    """A listing given twice has its entries once."""
    twice = ("--listing", listing, "--listing", listing)
    assert 4 == len(cli.json("match", ada, *twice, "--all", "--json")["entries"])


def test_match_works_without_a_configuration(cli: Cli, ada: str, listing: str) -> None:
    """A profile and a listing are enough, and nothing is left behind."""
    Path("config.toml").unlink(missing_ok=True)
    before = sorted(cli.project.folder.rglob("*"))
    result = cli("match", ada, "--listing", listing, "--json", config=None)
    assert (0, before) == (result.exit_code, sorted(cli.project.folder.rglob("*")))


@pytest.mark.parametrize(
    ("arguments", "code", "rows"),
    [
        (["{ada}", "--listing", "{good}"], 0, 1),
        (["{ada}", "--listing", "{empty}"], 0, 1),
        (["{ada}", "--listing", "{good}", "--listing", "{bad}"], 1, 1),
        (["{ada}", "missing.toml", "--listing", "{good}"], 1, 1),
        (["missing.toml", "--listing", "{good}"], 2, 0),
        (["{broken}", "--listing", "{good}"], 2, 0),
        (["{good}", "--listing", "{good}"], 2, 0),
    ],
    ids=str,
)
def test_match_ends_with(
    cli: Cli, ada: str, listing: str, arguments: Sequence[str], code: int, rows: int
) -> None:
    """Match ends with 1 for a bad listing or one of several profiles, 2 for the profile named."""
    files = {"empty": feed_of(), "bad": b"<html>", "broken": b'email = "x"'}
    for name, body in files.items():
        (cli.project.folder / f"{name}.toml").write_bytes(body)
    places = {name: f"{name}.toml" for name in files} | {"ada": ada, "good": listing}
    result = cli("match", *[word.format(**places) for word in arguments], "--json")
    found = (result.exit_code, len(result.stdout.splitlines()), "Traceback" in result.stderr)
    assert (code, rows, False) == found


def test_a_bad_listing_is_named(cli: Cli, ada: str, listing: str) -> None:
    """The listing that could not be read is named on standard error, in one line."""
    Path("bad.html").write_bytes(b"<html><title>Sorry</title></html>")
    result = cli("match", ada, "--listing", listing, "--listing", "bad.html", "--json")
    assert ["bad.html: is not a lis"] == [line[:22] for line in result.stderr.splitlines()]


@pytest.mark.parametrize(
    ("named", "verdict"),
    [
        ("2601.00002", "Shown under Graphs, place 1 of 1."),
        ("https://arxiv.org/abs/2601.00002v2", "Shown under Graphs, place 1 of 1."),
        ("graph networks", "Shown under Graphs, place 1 of 1."),
        ("arxiv:2601.00001", "Left out: below the threshold; "),
        ("Graphs surveyed", "Left out: excluded by your rules."),
    ],
)
def test_why_says_what_became_of_an_entry(
    cli: Cli, ada: str, listing: str, named: str, verdict: str
) -> None:
    """An entry named by id, link or title gets a verdict."""
    found = cli.json("why", ada, named, "--listing", listing, "--json")["verdict"]
    assert verdict == found[: len(verdict)]


@pytest.mark.parametrize("named", ["2601.00009", "of cats", "graph"])
def test_why_of_what_is_not_one_entry_is_2(cli: Cli, ada: str, listing: str, named: str) -> None:
    """An entry that is not there, or a title that fits several, is one line and exit 2."""
    result = cli("why", ada, named, "--listing", listing)
    assert (2, "", 1) == (result.exit_code, result.stdout, len(result.stderr.splitlines()))


def test_why_knows_what_was_shown(cli: Cli) -> None:
    """An entry of a past edition is left out of the next, with the date."""
    cli.project.subscribe(ADA)
    cli("run")
    (row,) = cli.project.outbox()
    after = row.edition.date + timedelta(days=1)
    told = cli.json("why", ADA, "2601.00001", "--date", f"{after}", "--json")["verdict"]
    assert f"Left out: it was shown on {row.edition.date}; an entry is shown once." == told


def test_preview_writes_three_files(cli: Cli, ada: str, listing: str, box: Mailbox) -> None:
    """Preview writes HTML, text and the mail, says where, and sends and stores nothing."""
    result = cli("preview", ada, "--listing", listing, "--out", "out")
    names = sorted(path.name for path in Path("out").iterdir())
    assert (0, "out/digest.html\n") == (result.exit_code, result.stdout)
    assert ["digest.eml", "digest.html", "digest.txt"] == names
    assert ([], False) == (box.mails, cli.project.database.exists())


@pytest.mark.parametrize("after", [False, True], ids=["before the run", "after the run"])
def test_preview_writes_the_bytes_of_run(cli: Cli, box: Mailbox, *, after: bool) -> None:
    """The file digest.eml is the very DATA that run sends for the edition."""
    cli.project.subscribe(ADA)
    cli("pull")
    for command in (("run",), ("preview", ADA))[:: 1 if after else -1]:
        cli(*command)
    assert [Path("digest-preview/digest.eml").read_bytes()] == [mail.content for mail in box.mails]


def test_run_reports_in_json(cli: Cli) -> None:
    """Run --json gives the documented counts; the server's answer is told beside it."""
    cli.project.subscribe(ADA, settings="limit = 2")
    found = cli.json("run", "--json")
    (source,) = found["sources"]
    wanted = {"editions": 1, "status": {"sent": 1}, "candidates": 3, "shown": 2}
    assert found | wanted | {"left_out": {"over the limit": 1}} == found
    assert ("file", "new", 3) == (source["name"], source["state"], source["new"])


@pytest.mark.parametrize(
    ("reply", "code", "statuses"),
    [
        ("250 OK", 0, {"sent": 1}),
        ("550 5.7.1 no", 1, {"failed": 1}),
        ("451 later", 1, {"deferred": 1}),
    ],
)
def test_run_ends_with_1_if_a_recipient_failed(
    cli: Cli, box: Mailbox, reply: str, code: int, statuses: Mapping[str, int]
) -> None:
    """Failed and deferred recipients are told of, and make the exit code 1."""
    cli.project.subscribe(ADA)
    box.tell("RCPT", ADA, reply)
    result = cli("run", "--json")
    assert (code, statuses) == (result.exit_code, json.loads(result.stdout)["status"])
    assert (ADA in result.stderr) is (code == 1)


def test_run_ends_with_1_if_another_holds_the_lock(cli: Cli) -> None:
    """A second run beside the first is refused in one line."""
    cli.project.subscribe(ADA)
    with cli.project.app.store() as store, store.lock("run"):
        result = cli("run")
    assert (1, "", True) == (result.exit_code, result.stdout, "wait for it" in result.stderr)


def test_a_dry_run_says_so(cli: Cli, box: Mailbox) -> None:
    """A dry run prints what it would do, and plans nothing."""
    cli.project.subscribe(ADA)
    result = cli("run", "--dry-run")
    assert "Dry run: nothing was stored or sent." in result.stdout
    assert ([], []) == (box.mails, cli.project.outbox())


def test_status_reports_in_json(cli: Cli) -> None:
    """Status --json has the documented keys, and JSON alone is on standard output."""
    cli.project.subscribe(ADA)
    cli("run")
    found = cli.json("status", "--json")
    (source,), (following,) = found["sources"], found["next"]
    assert ["sources", "runs", "outbox", "next"] == list(found)
    assert ["name", "kind", "state", "detail", "last_success", "next_fetch"] == list(source)
    assert (
        "new",
        {"sent": 1},
        ["subscriber", "at"],
    ) == (source["state"], found["outbox"], list(following)[:2])


@pytest.fixture
def deferred(cli: Cli, box: Mailbox) -> Cli:
    """Have a delivery that was deferred."""
    cli.project.subscribe(ADA)
    box.tell("RCPT", ADA, "451 later")
    cli("run")
    return cli


def test_the_outbox_is_listed(deferred: Cli) -> None:
    """Outbox list --json tells each delivery's status and last answer."""
    (row,) = deferred.json("outbox", "list", "--json")
    found = (row["email"], row["status"], row["attempts"], row["response"])
    assert (ADA, "deferred", 1, "451 later") == found
    assert [] == deferred.json("outbox", "list", "--status", "sent", "--json")


@pytest.mark.parametrize(
    ("steps", "expected", "mails"),
    [
        ([["retry"]], "sent", 1),
        ([["retry", ADA]], "sent", 1),
        ([["hold", ADA]], "held", 0),
        ([["hold", ADA.upper()], ["retry"]], "sent", 1),
        ([["drop", ADA]], "dropped", 0),
        ([["drop", ADA], ["retry", ADA]], "dropped", 0),
    ],
    ids=str,
)
def test_the_outbox_can_be_changed(
    deferred: Cli, box: Mailbox, steps: Sequence[Sequence[str]], expected: str, mails: int
) -> None:
    """What is retried is sent by the next run; what is held or dropped is not."""
    for step in steps:
        assert 0 == deferred("outbox", *step).exit_code
    deferred("run")
    (row,) = deferred.project.outbox()
    assert (expected, mails) == (str(row.status), len(box.mails))


def test_preview_reports_in_json(cli: Cli) -> None:
    """`preview --json` gives the balance and the files that it wrote."""
    cli("pull")
    path = str(cli.project.profile("ada@example.org"))
    found = json.loads(cli("preview", path, "--json").stdout)
    files = [f"digest-preview/digest.{kind}" for kind in ("html", "txt", "eml")]
    balance = found["shown"] + sum(found["left_out"].values())
    assert (files, balance) == (found["files"], found["candidates"])


def test_why_says_words_in_context_and_the_nearest_texts(cli: Cli, project: Project) -> None:
    """Each word that an entry shares with a topic is told with its part, and where it stands."""
    profile = project.profile("cy@example.org", keyword="graph*")
    text = profile.read_text(encoding="utf-8") + 'text = "networks of graphs"\n'
    profile.write_text(text, encoding="utf-8")
    (found,) = cli.json("why", str(profile), "2601.00001", "--listing", "papers.json", "--json")[
        "interests"
    ]
    told = {row["word"]: row["context"] for row in found["words"]}
    assert "Graph networks, part…" == told["graph"]
    assert ["networks of graphs"] == [row["title"] for row in found["nearest"]]
    assert found["words"] == sorted(found["words"], key=lambda row: -row["weight"])


def test_several_profiles_are_ranked_as_each_alone(cli: Cli, ada: str, project: Project) -> None:
    """Match reads a listing once for several profiles, and gives each what it gives it alone."""
    other = project.profile("cy@example.org", keyword="network*")
    text = other.read_text(encoding="utf-8") + 'text = "networks of graphs"\n'
    other.write_text(text, encoding="utf-8")
    options = ("--listing", "papers.json", "--all", "--json")
    alone = [cli("match", who, *options).stdout for who in (str(other), ada, str(other))]
    assert "".join(alone) == cli("match", str(other), ada, str(other), *options).stdout


@pytest.fixture
def blind(cli: Cli) -> str:
    """Write a profile of nothing but an example that no entry is."""
    path = cli.project.profile("eve@example.org", keyword="unheard")
    path.write_text(
        path.read_text(encoding="utf-8") + 'examples = ["arxiv:1410.5401"]\n', encoding="utf-8"
    )
    return str(path)


@pytest.mark.parametrize(
    "arguments",
    [
        ("match", "PROFILE", "--listing", "LISTING"),
        ("why", "PROFILE", "2601.00001", "--listing", "LISTING"),
        ("preview", "PROFILE", "--listing", "LISTING"),
        ("subscribe", "PROFILE"),
        ("check",),
    ],
)
def test_unknown_examples_are_noted(
    cli: Cli, blind: str, listing: str, arguments: tuple[str, ...]
) -> None:
    """Every command that reads a profile says of which examples nothing is known."""
    given = {"PROFILE": blind, "LISTING": listing}
    result = cli(*(given.get(word, word) for word in arguments))
    said = "eve.toml: nothing is known yet of the example arxiv:1410.5401; give its"
    assert (0, True) == (result.exit_code, said in result.output)
