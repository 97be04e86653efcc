"""digest.lookup and ``check --online``, against a DNS server of this machine."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from digest import outgoing
from digest.errors import ResolverError
from digest.lookup import Lookup
from integration.conftest import Cli
from integration.servers import LOOPBACK, free_port
from integration.test_postage import DKIM, key

ZONE = {
    ("example.org.", "TXT"): ['"v=spf1 " "mx -all"', '"another"'],
    ("example.org.", "MX"): ["20 second.example.org.", "10 first.example.org."],
    ("none.example.org.", "MX"): ["0 ."],
    ("example.org.", "AAAA"): ["2001:db8::1"],
}


class _Query(socketserver.BaseRequestHandler):
    """Answers one query (RFC 1035), or nothing."""

    def handle(self) -> None:
        """Look into the zone."""
        data, socket = self.request
        server = cast("_Server", self.server)
        if server.silent:
            return
        query = dns.message.from_wire(data)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        (question,) = query.question
        name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
        texts = server.zone.get((name, kind), [])
        if texts:
            reply.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, texts))
        elif not any(known == name for known, _ in server.zone):
            reply.set_rcode(server.rcode)
        socket.sendto(reply.to_wire(max_size=65_535), self.client_address)


class _Server(socketserver.ThreadingUDPServer):
    """A name server for one zone."""

    def __init__(
        self, zone: dict[tuple[str, str], list[str]], *, silent: bool, rcode: dns.rcode.Rcode
    ) -> None:
        super().__init__((LOOPBACK, 0), _Query)
        self.zone, self.silent, self.rcode = zone, silent, rcode


@contextmanager
def name_server(
    zone: dict[tuple[str, str], list[str]] = ZONE,
    *,
    silent: bool = False,
    rcode: dns.rcode.Rcode = dns.rcode.NXDOMAIN,
) -> Iterator[int]:
    """Run a name server; gives its port."""
    with _Server(zone, silent=silent, rcode=rcode) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


def test_records_are_read() -> None:
    """Texts are joined, hosts in their order, and what is not there is empty."""
    with name_server() as port:
        lookup = Lookup([LOOPBACK], port)
        found = (
            sorted(lookup.txt("example.org")),
            lookup.mx("example.org"),
            lookup.mx("none.example.org"),
            lookup.has_address("example.org"),
            lookup.txt("nobody.example.org"),
            lookup.txt("x" * 64 + ".example.org"),
            lookup.txt("a..b"),
        )
    hosts = ("first.example.org", "second.example.org")
    assert (["another", "v=spf1 mx -all"], hosts, (".",), True, (), (), ()) == found


def test_a_server_that_is_silent_is_waited_for_a_little() -> None:
    """All queries together take no longer than the time given."""
    with name_server(silent=True) as port:
        lookup = Lookup([LOOPBACK], port, seconds=0.5)
        started = time.monotonic()
        for number in range(60):
            with pytest.raises(ResolverError, match="the DNS does not answer in time"):
                lookup.txt(f"{number}.example.org")
    assert time.monotonic() - started < 20


def test_a_server_that_fails_is_no_answer() -> None:
    """SERVFAIL says nothing of what there is."""
    with name_server(rcode=dns.rcode.SERVFAIL) as port, pytest.raises(ResolverError):
        Lookup([LOOPBACK], port).txt("nobody.example.org")


def test_nothing_listens() -> None:
    """A port without a server is no answer either."""
    with pytest.raises(ResolverError):
        Lookup([LOOPBACK], free_port(), seconds=0.5).txt("example.org")


def found(cli: Cli) -> dict[str, tuple[bool, str]]:
    """Run the check; gives what it says."""
    rows = cli.json("check", "--online", "--json")
    return {row["check"]: (row["ok"], row["detail"]) for row in rows}


def test_check_says_what_to_publish(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the DNS lacks is wrong; with just what was told published, nothing is."""
    key(cli.project)
    cli.project.profile("ada@example.org")
    cli.project.tables = DKIM
    zone = dict(ZONE)
    with name_server(zone) as port:
        monkeypatch.setattr("digest.lookup.Lookup", lambda: Lookup([LOOPBACK], port))
        before = found(cli)
        for record in ("DKIM", "DMARC"):
            name, text = before[record][1].partition("; publish ")[2].split(". TXT ")
            zone[f"{name}.", "TXT"] = [text]
        after = cli("check", "--online")
    wrong = {name for name, (ok, _) in before.items() if not ok}
    assert ({"DKIM", "DMARC"}, 0) == (wrong, after.exit_code)
    assert "ok    DKIM: digest._domainkey.example.org holds our key" in after.stdout


def test_check_survives_a_silent_dns(cli: Cli) -> None:
    """Where the DNS does not answer the check says so, and the rest is checked."""
    cli.project.profile("ada@example.org")
    rows = found(cli)
    said = "the DNS does not answer in time: what example.org publishes for its mails is not known"
    assert ((True, said), (True, "3 entries")) == (rows["DNS"], rows["source file"])


def test_a_wrong_key_is_said_once(cli: Cli) -> None:
    """The key is named where signing is checked; all else is checked too."""
    key(cli.project).write_text("no key", encoding="utf-8")
    cli.project.profile("ada@example.org")
    cli.project.tables = DKIM
    result = cli("check", "--online")
    wrong = [line for line in result.stdout.splitlines() if line.startswith("WRONG")]
    start = "WRONG signing: dkim.key_file: dkim.pem: holds no private key that can be read; "
    assert (2, 1, True) == (result.exit_code, len(wrong), wrong[0].startswith(start))


def test_the_record_is_the_keys(cli: Cli) -> None:
    """What is to be published is the public part of the key that signs."""
    key(cli.project)
    cli.project.tables = DKIM
    signer = outgoing.signer(cli.project.app.config)
    assert signer is not None
    assert ("digest._domainkey.example.org", True) == (
        signer.name,
        signer.record.startswith("v=DKIM1; k=ed25519; p="),
    )
