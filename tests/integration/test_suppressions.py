"""``digest suppressions``: listed, lifted with care, imported and exported."""

from __future__ import annotations

import pytest

from digest.model import Suppression
from integration.conftest import NOON, Cli
from integration.servers import Mailbox

ADA, BOB = "ada@example.org", "bob@example.org"
GONE = "550 5.1.1 no such user"


@pytest.fixture(autouse=True)
def subscribed(cli: Cli) -> None:
    """Have Ada and Bob subscribed, and Ada's address suppressed for a bounce."""
    cli.project.subscribe(ADA, BOB)
    with cli.project.app.store() as store:
        store.subscribers.suppress(Suppression(email=ADA, reason=GONE, since=NOON))


def listed(cli: Cli) -> dict[str, str]:
    """Give the suppressed addresses with their reasons."""
    return {row["email"]: row["reason"] for row in cli.json("suppressions", "--json")}


def test_suppressions_are_listed(cli: Cli) -> None:
    """A list names the address, the reason, since when, and whether its owner said stop."""
    row = {"email": ADA, "reason": GONE, "since": NOON.isoformat(), "stopped": False}
    table = cli("suppressions", "list").stdout
    assert ([row], True) == (cli.json("suppressions", "list", "--json"), ADA in table)


def test_who_bounced_is_lifted_and_mailed(cli: Cli, box: Mailbox) -> None:
    """After the lift the next run mails the address."""
    result = cli("suppressions", "lift", "Ada@Example.org")
    cli.project.app.run()
    assert (0, {ADA, BOB}) == (result.exit_code, set(box.recipients))


@pytest.mark.parametrize("how", ["unsubscribe", "forget"])
def test_who_said_stop_is_not_lifted(cli: Cli, how: str) -> None:
    """Neither who bounced before they said so; the line says what would do it."""
    cli(how, ADA)
    result = cli("suppressions", "lift", ADA)
    line = f"{ADA}: left alone (asked to stop; only `digest subscribe --reactivate` brings it back)"
    assert (1, [line], {ADA: "asked to stop"}) == (
        result.exit_code,
        result.stdout.splitlines(),
        listed(cli),
    )


def test_lifting_forgives_soft_bounces(cli: Cli) -> None:
    """What counted before the lift counts no more."""
    with cli.project.app.store() as store:
        identifier = next(iter(store.subscribers.all())).subscriber.id
        store.returned.add("one", identifier, "soft bounce", NOON)
    cli("suppressions", "lift", ADA)
    with cli.project.app.store() as store:
        assert 0 == store.returned.count(identifier, "soft bounce", NOON)


def test_what_is_not_suppressed_is_said(cli: Cli) -> None:
    """To lift what is not suppressed changes nothing."""
    assert f"{BOB}: unchanged (it was not suppressed)\n" == cli("suppressions", "lift", BOB).stdout


def test_a_list_is_imported(cli: Cli, box: Mailbox) -> None:
    """Whom it names is not mailed; who it says has stopped is unsubscribed."""
    path = cli.project.folder / "list.txt"
    path.write_text(f"{BOB} unsubscribed at the other list\n{ADA}\nwrong\n", encoding="utf-8")
    result = cli("suppressions", "import", str(path))
    cli.project.app.run()
    statuses = {row["email"]: row["status"] for row in cli.project.rows("subscribers")}
    assert (1, "1 suppressed, 1 were so before\n", []) == (
        result.exit_code,
        result.stdout,
        box.mails,
    )
    assert ("unsubscribed", True) == (statuses[BOB], f"{path}:3: " in result.stderr)


def test_an_export_is_imported_as_it_was(cli: Cli) -> None:
    """A list goes to another database and is the same there."""
    cli("unsubscribe", BOB)
    text = cli("suppressions", "export").stdout
    before = cli.project.rows("suppressions")
    (cli.project.folder / "list.csv").write_text(text, encoding="utf-8")
    cli.project.database.unlink()
    cli("suppressions", "import", "list.csv")
    assert before == cli.project.rows("suppressions")


def test_a_file_in_another_encoding_is_refused(cli: Cli) -> None:
    """What is not UTF-8 is named, and nothing imported."""
    (cli.project.folder / "list.csv").write_bytes(b"j\xf6rg@example.org")
    result = cli("suppressions", "import", "list.csv")
    assert (2, True) == (result.exit_code, "list.csv is not UTF-8; convert it" in result.stderr)
