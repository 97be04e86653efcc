"""``digest bounces``: who is suppressed for what came back, once, and never by a forger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from digest import outgoing, preferences, subscriptions
from digest.profile import subscriber_id
from digest.store.letters import Kind as Letter
from integration.conftest import Certificate, Cli, Project
from integration.imap import Folder, serving
from integration.servers import Mailbox

ADA, BOB = "ada@example.org", "bob@example.org"
MAILS = Path(__file__).parents[1] / "mails"
TABLE = '[bounces]\naddress = "bounces@example.org"\nsoft = { mails = 3, days = 10 }\n'


@pytest.fixture(autouse=True)
def subscribed(project: Project, cli: Cli) -> Project:
    """Have Ada and Bob subscribed, with return paths and a page."""
    del cli  # it sets the clock
    project.tables = TABLE
    project.base_url = "https://d.example"
    project.subscribe(ADA, BOB)
    return project


def path_of(project: Project, email: str = ADA) -> str:
    """Give a subscriber's return path."""
    paths = outgoing.return_paths(project.app.config)
    assert paths is not None
    return paths.make(subscriber_id(email))


def mail(project: Project, name: str, number: int = 1, **more: str) -> bytes:
    """Give one of the mails, sent to Ada's return path; ``number`` makes it another."""
    text = (MAILS / f"{name}.eml").read_text(encoding="utf-8")
    text = text.replace("Message-I", f"X-Number: {number}\nMessage-I", 1)
    text = text.replace(".1@", f".1.{number}@", 1)
    at = format_datetime(project.clock.at)
    text = "\n".join(
        f"Date: {at}" if line.startswith("Date: ") else line for line in text.split("\n")
    )
    links = project.app.links()
    assert links is not None
    text = text.replace("LINK", more.get("link", links.unsubscribe(subscriber_id(ADA))))
    return text.replace("bounces+WHO@example.org", more.get("to", path_of(project))).encode()


def put(project: Project, *contents: bytes) -> list[str]:
    """Write mails as files; gives their names."""
    names = []
    for content in contents:
        names.append(f"mail-{len(list(project.folder.glob('mail-*')))}.eml")
        (project.folder / names[-1]).write_bytes(content)
    return names


def done(cli: Cli, *arguments: str) -> list[tuple[str, str]]:
    """Run the command; gives whom each mail was about, and what was done."""
    return [
        (row["email"], row["done"]) for row in cli.json("bounces", "--json", *arguments)["mails"]
    ]


def reasons(project: Project) -> dict[str, str]:
    """Give the reasons of the suppressions."""
    return {row["email"]: row["reason"] for row in project.rows("suppressions")}


def statuses(project: Project) -> dict[str, str]:
    """Give each subscriber's status."""
    return {row["email"]: row["status"] for row in project.rows("subscribers")}


@pytest.mark.parametrize("name", ["postfix_unknown", "exchange_denied", "qmail", "odd_unknown"])
def test_a_hard_bounce_suppresses(cli: Cli, name: str) -> None:
    """The address is never mailed again, and the reason is the other server's."""
    found = done(cli, *put(cli.project, mail(cli.project, name)))
    (reason,) = reasons(cli.project).values()
    assert ([(ADA, "suppressed")], True) == (found, reason.startswith("bounced: "))
    assert "active" == statuses(cli.project)[ADA]


def test_a_bounce_of_an_address_that_was_left_says_nothing_of_the_new(cli: Cli) -> None:
    """Who has moved meanwhile is not suppressed for what comes back from where they were."""
    project, new = cli.project, "countess@example.org"
    project.app.run()
    names = put(project, mail(project, "postfix_unknown"), mail(project, "postfix_full"))
    with project.app.store() as store:
        reader = subscriptions.subscriber(store, ADA)
        store.letters.ask(Letter.ADDRESS, new, replace(reader, email=new), project.clock())
        (letter,) = store.letters.of([new])
        preferences.move(store, letter.id, project.clock())
    assert ([(new, "ignored")] * 2, {}) == (done(cli, *names), reasons(project))


def test_who_is_suppressed_gets_no_mail(cli: Cli, box: Mailbox) -> None:
    """The next run mails all others."""
    done(cli, *put(cli.project, mail(cli.project, "postfix_unknown")))
    cli.project.app.run()
    assert [BOB] == box.recipients


def test_soft_bounces_count(cli: Cli) -> None:
    """As many as configured, within the days configured, suppress."""
    project = cli.project
    names = put(project, *(mail(project, "postfix_full", number) for number in range(3)))
    found = [word for _, word in done(cli, *names)]
    reason = "bounced: 3 times within 10 days: 552 5.2.2 mailbox full"
    assert (["counted", "counted", "suppressed"], {ADA: reason}) == (found, reasons(project))


def test_soft_bounces_of_long_ago_count_no_more(cli: Cli) -> None:
    """What came back before the days configured is forgiven, by the mails' own dates."""
    project = cli.project
    project.clock.at -= timedelta(days=11)
    old = [mail(project, "postfix_full", number) for number in range(2)]
    project.clock.at += timedelta(days=11)
    names = put(project, *old, mail(project, "postfix_full", 3))
    found = [row["detail"][:16] for row in cli.json("bounces", "--json", *names)["mails"]]
    assert (["too old to count"] * 2 + ["1 of 3 within 10"], {}) == (found, reasons(project))


def test_the_same_mail_counts_once(cli: Cli) -> None:
    """Read again, a mail does nothing more."""
    names = put(cli.project, mail(cli.project, "postfix_full"))
    found = [done(cli, *names * 2), done(cli, *names)]
    known = (ADA, "known")
    assert ([[(ADA, "counted"), known], [known]], {}) == (found, reasons(cli.project))


def test_a_bounce_that_was_read_does_not_outlive_a_lifted_suppression(cli: Cli) -> None:
    """An old bounce that is read again does not suppress an address that was lifted."""
    names = put(cli.project, mail(cli.project, "postfix_unknown"))
    done(cli, *names)
    with cli.project.app.store() as store:
        store.subscribers.lift(ADA)
    assert ([(ADA, "known")], {}) == (done(cli, *names), reasons(cli.project))


FORGED = {
    "postfix_unknown": "bounces@example.org",
    "postfix_full": "bounces@example.org",
    "complaint": "bounces@example.org",
    "qmail": f"bounces+{subscriber_id(ADA)}-aaaaaaaaaaaaaaaa@example.org",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_bounce_suppresses_nobody(cli: Cli, name: str) -> None:
    """A report about Ada to an address that is not her return path is left, and named."""
    forged = mail(cli.project, name, to=FORGED[name])
    found = cli.json("bounces", "--json", *put(cli.project, forged))["mails"][0]
    said = (found["email"], found["done"], "nothing of ours proves it" in found["detail"])
    assert ((ADA, "left", True), {}) == (said, reasons(cli.project))


def test_ones_own_return_path_harms_oneself_alone(cli: Cli) -> None:
    """Bob, who knows his return path, cannot have Ada suppressed by a report that names her."""
    done(cli, *put(cli.project, mail(cli.project, "postfix_unknown", to=path_of(cli.project, BOB))))
    assert {BOB} == set(reasons(cli.project))


def test_what_nothing_proves_is_believed_if_asked(cli: Cli) -> None:
    """Where return paths cannot be used, --unproved takes a report at its word."""
    name = put(cli.project, mail(cli.project, "postfix_unknown", to="digest@example.org"))
    assert [(ADA, "suppressed")] == done(cli, "--unproved", *name)


def test_a_complaint_unsubscribes(cli: Cli) -> None:
    """Who complains said stop: no profile brings them back."""
    found = done(cli, *put(cli.project, mail(cli.project, "complaint")))
    said = (found, statuses(cli.project)[ADA], reasons(cli.project))
    assert ([(ADA, "unsubscribed")], "unsubscribed", {ADA: "complained (abuse)"}) == said


@pytest.mark.parametrize("name", ["stop_subject", "stop_body", "stop_by_program"])
def test_a_wish_to_stop_unsubscribes(cli: Cli, name: str) -> None:
    """Who writes "unsubscribe" is, however the address is spelled."""
    found = done(cli, *put(cli.project, mail(cli.project, name)))
    expected = [(ADA, "unsubscribed")], {ADA: "unsubscribed", BOB: "active"}
    assert expected == (found, statuses(cli.project))


def test_an_old_wish_does_not_undo_a_new_one(cli: Cli) -> None:
    """Read again after the reader came back, the old mail does nothing."""
    names = put(cli.project, mail(cli.project, "stop_subject"))
    done(cli, *names)
    cli("subscribe", "--reactivate", str(cli.project.profile(ADA)))
    assert ([(ADA, "known")], "active") == (done(cli, *names), statuses(cli.project)[ADA])


@pytest.mark.parametrize("name", ["stop_other", "letter"])
def test_what_is_for_people_is_left(cli: Cli, name: str) -> None:
    """A wish for another address, or a letter, changes nothing and is named."""
    result = cli("bounces", *put(cli.project, mail(cli.project, name)))
    words = (": left (" in result.stdout, "1 mail: 1 left" in result.stdout)
    assert ((True, True), 0, {"active"}) == (
        words,
        result.exit_code,
        set(statuses(cli.project).values()),
    )


@pytest.mark.parametrize("name", ["postfix_delayed", "delivered", "vacation", "not_spam"])
def test_what_is_no_failure_is_ignored(cli: Cli, name: str) -> None:
    """A delay, a receipt and an automatic reply change nothing."""
    found = [word for _, word in done(cli, *put(cli.project, mail(cli.project, name)))]
    assert (["ignored"], []) == (found, cli.project.rows("returned"))


def test_it_says_a_line_each_and_the_sum(cli: Cli) -> None:
    """People read what became of each mail, and how many of each there were."""
    project = cli.project
    names = put(project, mail(project, "postfix_full"), mail(project, "complaint"))
    expected = [
        f"{ADA}: soft bounce: counted (1 of 3 within 10 days (552 5.2.2 mailbox full))",
        f"{ADA}: complaint: unsubscribed (complained (abuse))",
        "2 mails: 1 counted, 1 unsubscribed",
    ]
    assert expected == cli("bounces", *names).stdout.splitlines()


def test_without_any_secret_mails_are_read(cli: Cli, project: Project) -> None:
    """With neither a page nor return paths a bounce is read, and counts only if believed."""
    folder = put(project, mail(project, "postfix_unknown"))
    project.tables = project.base_url = ""
    found = [cli.json("bounces", "--json", *more, *folder)["done"] for more in ([], ["--unproved"])]
    assert [{"left": 1}, {"suppressed": 1}] == found


def test_a_dry_run_changes_nothing(cli: Cli) -> None:
    """What would be done is said; nothing is stored, and a mailbox stays as it is."""
    folder = maildir(cli.project, mail(cli.project, "postfix_unknown"))
    found = done(cli, "--dry-run", str(folder))
    stored = (
        cli.project.rows("returned"),
        reasons(cli.project),
        len(list((folder / "new").iterdir())),
    )
    assert ([(ADA, "suppressed")], ([], {}, 1)) == (found, stored)


def test_a_mail_comes_by_a_pipe(cli: Cli) -> None:
    """A mail server may hand over a mail on standard input."""
    from click.testing import CliRunner

    from digest.cli import cli as commands

    arguments = ["--config", str(cli.project.config), "bounces", "-"]
    result = CliRunner().invoke(commands, arguments, input=mail(cli.project, "qmail"))
    assert (0, {ADA}) == (result.exit_code, set(reasons(cli.project)))


def maildir(project: Project, *contents: bytes) -> Path:
    """Make a Maildir with new mails."""
    folder = project.folder / "Maildir"
    for part in ("cur", "new", "tmp"):
        (folder / part).mkdir(parents=True)
    for number, content in enumerate(contents):
        (folder / "new" / f"{number}.host").write_bytes(content)
    return folder


def test_a_maildir_is_read_once(cli: Cli) -> None:
    """What was understood is marked as seen, the rest flagged; neither is read again."""
    folder = maildir(cli.project, mail(cli.project, "postfix_full"), mail(cli.project, "letter"))
    found = [len(done(cli, str(folder))) for _ in range(2)]
    names = sorted(path.name for path in (folder / "cur").iterdir())
    assert ([2, 0], ["0.host:2,S", "1.host:2,F"]) == (found, names)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no.eml"], 1, "no.eml: cannot be read (No such file or directory); check the name"),
        (["profiles"], 1, "profiles: is a directory and no Maildir; name a Maildir"),
        ([], 2, "there are no mails to read; name FILE, a Maildir or -, or set imap"),
    ],
)
def test_a_place_that_cannot_be_read(cli: Cli, arguments: list[str], code: int, said: str) -> None:
    """It is named with the cure; what came before it is settled."""
    first = put(cli.project, mail(cli.project, "postfix_unknown")) if arguments else []
    result = cli("bounces", *first, *arguments)
    settled = {ADA} if arguments else set()
    assert (code, True, settled) == (
        result.exit_code,
        result.stderr.startswith(said),
        set(reasons(cli.project)),
    )


def imap(project: Project, port: int, **more: Any) -> None:  # noqa: ANN401 settings of any type
    """Configure a mailbox."""
    (project.folder / "pw").write_text(more.get("password", "right"), encoding="utf-8")
    (project.folder / "pw").chmod(0o600)
    login = f'host = "127.0.0.1", port = {port}, username = "me", password_file = "pw"'
    folder = f', folder = "{more["folder"]}"' if "folder" in more else ""
    project.tables = f"{TABLE}imap = {{ {login}{folder} }}\n"


def trusted(monkeypatch: pytest.MonkeyPatch, certificate: Certificate) -> None:
    """Trust the server's certificate, as a system would."""
    monkeypatch.setattr("ssl.create_default_context", lambda: certificate.trusting)


def test_a_mailbox_is_read_by_imap(
    cli: Cli, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unread mails are settled and marked; the next time there are none."""
    trusted(monkeypatch, certificate)
    folder = Folder()
    folder.add(*(mail(cli.project, name) for name in ("postfix_unknown", "letter", "stop_body")))
    with serving(folder, certificate.server) as port:
        imap(cli.project, port)
        found = [[word for _, word in done(cli)] for _ in range(2)]
    flags = [sorted(folder.flags[number]) for number in (1, 2, 3)]
    assert [["suppressed", "left", "unsubscribed"], []] == found
    assert [["\\Seen"], ["\\Flagged"], ["\\Seen"]] == flags


def test_a_dry_run_leaves_the_mailbox_alone(
    cli: Cli, certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is opened for reading alone."""
    trusted(monkeypatch, certificate)
    folder = Folder()
    folder.add(mail(cli.project, "postfix_unknown"))
    with serving(folder, certificate.server) as port:
        imap(cli.project, port)
        found = done(cli, "--dry-run")
    assert ([(ADA, "suppressed")], set(), False) == (found, folder.flags[1], folder.writable)


@pytest.mark.parametrize(
    ("more", "drops_at", "said"),
    [
        ({"password": "wrong"}, "", "the login was refused; check bounces.imap.username"),
        ({"folder": "Other"}, "", "the server does not open the folder (no such folder)"),
        ({}, "FETCH", "cannot be read ("),
        ({}, "LOGIN", "cannot be read ("),
    ],
    ids=["password", "folder", "drops a mail", "drops the login"],
)
def test_a_mailbox_that_cannot_be_read(
    cli: Cli,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    more: dict[str, str],
    drops_at: str,
    said: str,
) -> None:
    """One line says what is wrong, without the password, and ends with 1."""
    trusted(monkeypatch, certificate)
    folder = Folder(drops_at=drops_at)
    folder.add(mail(cli.project, "postfix_unknown"))
    with serving(folder, certificate.server) as port:
        imap(cli.project, port, **more)
        result = cli("bounces")
    lines = result.stderr.strip().splitlines()
    place = f"me at 127.0.0.1:{port}, {more.get('folder', 'INBOX')}: "
    assert (1, 1, True) == (result.exit_code, len(lines), lines[0].startswith(place + said))
    assert "wrong" not in result.stderr


def test_a_certificate_that_nobody_vouches_for(cli: Cli, certificate: Certificate) -> None:
    """The password is given to no server whose certificate is not valid."""
    folder = Folder()
    with serving(folder, certificate.server) as port:
        imap(cli.project, port)
        result = cli("bounces")
    assert (1, []) == (result.exit_code, folder.heard)
    assert "its certificate is not valid" in result.stderr


def test_forgetting_forgets_what_came_back(cli: Cli) -> None:
    """Of who is forgotten no bounce is kept, and a later one about them is ignored."""
    project = cli.project
    one, other = (mail(project, "postfix_full", number) for number in (1, 2))
    done(cli, *put(project, one))
    cli("forget", ADA)
    found = [word for _, word in done(cli, *put(project, other))]
    assert (["ignored"], []) == (found, project.rows("returned"))


def test_what_came_back_lately_is_kept(cli: Cli) -> None:
    """Pruning keeps what still counts."""
    project = cli.project
    done(cli, *put(project, mail(project, "postfix_full")))
    with project.app.store() as store:
        store.pruning.prune(project.clock.at - timedelta(days=31), ())
    assert 1 == len(project.rows("returned"))
