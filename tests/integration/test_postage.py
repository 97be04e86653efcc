"""How mails leave: under a return path that names their subscriber, signed, as previewed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest import outgoing
from digest.errors import SettingsError
from integration.conftest import Cli, Project
from integration.servers import Mailbox

ADA, BOB = "ada@example.org", "bob@example.org"
DKIM = '[dkim]\ndomain = "example.org"\nselector = "digest"\nkey_file = "dkim.pem"\n'


def key(project: Project, mode: int = 0o600) -> Path:
    """Write a key beside the configuration."""
    made = ed25519.Ed25519PrivateKey.generate()
    path = project.folder / "dkim.pem"
    path.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(mode)
    return path


@pytest.fixture
def signed(project: Project) -> Project:
    """Have Ada and Bob subscribed, mails signed and return paths made."""
    key(project)
    project.tables = f'{DKIM}\n[bounces]\naddress = "bounces@example.org"\n'
    project.subscribe(ADA, BOB)
    return project


def test_each_mail_has_its_return_path(signed: Project, box: Mailbox) -> None:
    """The envelope's sender names the subscriber; From stays as it is."""
    signed.app.run()
    paths = outgoing.return_paths(signed.app.config)
    assert paths is not None
    named = {mail.recipient: paths.read(mail.sender) for mail in box.mails}
    wanted = {row.email: row.edition.subscriber_id for row in signed.outbox()}
    assert (wanted, {"Digest <digest@example.org>"}) == (
        named,
        {m.parsed["From"] for m in box.mails},
    )


def test_without_an_address_the_sender_is_from(project: Project, box: Mailbox) -> None:
    """Where no address is set for bounces, they come back to From, as before."""
    project.subscribe(ADA)
    project.app.run()
    assert ["digest@example.org"] == [mail.sender for mail in box.mails]


def test_each_mail_is_signed_and_verified(signed: Project, box: Mailbox) -> None:
    """What the server got is verified by dkimpy against the key's record."""
    signed.app.run()
    signer = outgoing.signer(signed.app.config)
    assert signer is not None
    record = signer.record.encode()
    checked = [dkim.verify(mail.content, dnsfunc=lambda *_, **__: record) for mail in box.mails]
    assert [True, True] == checked


def test_a_signed_mail_is_the_previewed_one(cli: Cli, signed: Project, box: Mailbox) -> None:
    """digest.eml holds the bytes that were sent, signature and all."""
    signed.app.run()
    cli("preview", ADA)
    shown = (signed.folder / "digest-preview" / "digest.eml").read_bytes()
    assert [shown] == [mail.content for mail in box.mails if mail.recipient == ADA]


def test_a_signature_is_of_the_dates_first_instant(signed: Project, box: Mailbox) -> None:
    """It is made as the date begins in the farthest east, which is past wherever it is sent."""
    signed.app.run()
    moments = {re.findall(rb"\bt=(\d+);", mail.content)[0] for mail in box.mails}
    east = datetime(2026, 3, 2, tzinfo=timezone(timedelta(hours=14)))
    assert {str(int(east.timestamp())).encode()} == moments


def test_a_key_that_others_can_read_is_warned_of(project: Project) -> None:
    """The warning names the file and the cure."""
    path = key(project, 0o644)
    project.tables = DKIM
    warning = f"dkim.key_file: {path}: others can read it; run chmod 600 on it"
    assert (warning,) == project.app.config.warnings


def test_a_wrong_key_stops_a_run_before_it_begins(project: Project, box: Mailbox) -> None:
    """One line names the file; nothing was pulled, and nothing sent."""
    key(project).write_text("not a key", encoding="utf-8")
    project.tables = DKIM
    project.subscribe(ADA)
    with pytest.raises(SettingsError, match=r"^dkim.key_file: dkim.pem: holds no private key"):
        project.app.run()
    assert ([], []) == (box.mails, project.rows("entries"))


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ('[dkim]\ndomain = "example.org"\n', "dkim: has no selector"),
        ('[dkim]\nselector = "s"\nkey_file = "k"\n', "dkim: has no domain"),
        ('[dkim]\ndomain = "a b"\nselector = "s"\n', 'dkim.domain: "a b" is not a name'),
        ('[bounces]\naddress = "b+x@example.org"\n', "leaves no room for who it was"),
        ('[bounces]\nimap = { host = "h" }\n', "bounces.imap.username"),
    ],
)
def test_half_a_table_is_refused(project: Project, table: str, fault: str) -> None:
    """What is lacking or wrong is named in one line."""
    project.tables = table
    with pytest.raises(SettingsError) as caught:
        _ = project.app
    assert (1, True) == (len(caught.value.problems), fault in str(caught.value))
