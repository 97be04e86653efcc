"""digest.records: each thing that is missing in the DNS is said, with the record to publish."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from digest.records import Setup, judge, record, tags

KEY = "v=DKIM1; k=rsa; p=" + "A" * 300
SETUP = Setup(
    sender="digest@news.example.org",
    return_address="bounces@news.example.org",
    host="smtp.example.org",
    key_domain="example.org",
    key_name="digest._domainkey.example.org",
    key_record=KEY,
)
TXT = {
    "news.example.org": ("another text", "v=spf1 a:smtp.example.org -all"),
    "digest._domainkey.example.org": (KEY,),
    "_dmarc.example.org": ("v=DMARC1; p=reject",),
}


@dataclass
class Zone:
    """A DNS that answers from tables."""

    texts: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict(TXT))
    hosts: tuple[str, ...] = ("mx.example.org",)
    address: bool = False

    def txt(self, name: str) -> tuple[str, ...]:
        """Give the texts of a name."""
        return self.texts.get(name, ())

    def mx(self, name: str) -> tuple[str, ...]:
        """Give the same hosts for each domain."""
        del name
        return self.hosts

    def has_address(self, name: str) -> bool:
        """Say the same of each name."""
        del name
        return self.address


def told(zone: Zone, setup: Setup = SETUP) -> dict[str, tuple[bool, str]]:
    """Give what is said of each record."""
    return {row.name: (row.ok, row.said) for row in judge(setup, zone)}


def without(name: str, *texts: str) -> Zone:
    """Make a zone in which a name has other texts, or none."""
    return Zone(texts={**TXT, name: texts})


def test_all_is_well() -> None:
    """What is published and belongs together is in order; DMARC may stand above."""
    expected = {
        "MX": (True, "news.example.org: mx.example.org"),
        "SPF": (True, 'news.example.org: "v=spf1 a:smtp.example.org -all"'),
        "DKIM": (True, "digest._domainkey.example.org holds our key"),
        "DMARC": (True, "_dmarc.example.org: p=reject"),
    }
    assert expected == told(Zone())


SPF = 'publish news.example.org. TXT "v=spf1 a:smtp.example.org -all", if smtp.example.org sends'
PUBLISH = f'publish digest._domainkey.example.org. TXT "{KEY[:255]}" "{KEY[255:]}"'
POLICY = '_dmarc.news.example.org. TXT "v=DMARC1; p=none; rua=mailto:postmaster@news.example.org"'
FAULTS = {
    "no MX": (Zone(hosts=()), "MX", "news.example.org has none, so nothing comes to bounces@news"),
    "null MX": (Zone(hosts=(".",)), "MX", "news.example.org says that it takes no mails"),
    "no SPF": (without("news.example.org"), "SPF", f"news.example.org has none; {SPF}"),
    "two SPF": (
        without("news.example.org", "v=spf1 -all", "v=spf1 mx -all"),
        "SPF",
        "news.example.org has 2, which counts as none; keep one",
    ),
    "SPF for nobody": (
        without("news.example.org", "v=spf1 -all"),
        "SPF",
        "news.example.org lets",
    ),
    "SPF for all": (
        without("news.example.org", "v=spf1 +all"),
        "SPF",
        "news.example.org lets",
    ),
    "no key": (
        without(SETUP.key_name),
        "DKIM",
        f"digest._domainkey.example.org has no key; {PUBLISH}",
    ),
    "another key": (
        without(SETUP.key_name, "v=DKIM1; p=BBBB"),
        "DKIM",
        f"what digest._domainkey.example.org holds is another key; {PUBLISH}, or",
    ),
    "a revoked key": (
        without(SETUP.key_name, "v=DKIM1; p="),
        "DKIM",
        "what digest._domainkey.example.org holds is revoked",
    ),
    "two keys": (
        without(SETUP.key_name, KEY, KEY),
        "DKIM",
        f"{SETUP.key_name} has 2",
    ),
    "no DMARC": (
        without("_dmarc.example.org"),
        "DMARC",
        f"news.example.org has none; publish {POLICY}",
    ),
    "two DMARC": (
        without("_dmarc.example.org", "v=DMARC1; p=none", "v=DMARC1; p=reject"),
        "DMARC",
        "_dmarc.example.org has 2, which counts as none; keep one",
    ),
    "DMARC without a policy": (
        without("_dmarc.example.org", "v=DMARC1"),
        "DMARC",
        "_dmarc.exa",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_said(name: str) -> None:
    """The one record is wrong, with what to publish, and no other."""
    zone, where, said = FAULTS[name]
    found = told(zone)
    wrong = [record for record, (ok, _) in found.items() if not ok]
    assert ([where], said) == (wrong, found[where][1][: len(said)])


def test_a_key_may_be_folded() -> None:
    """White space within a published key changes nothing (RFC 6376 section 3.2)."""
    folded = f"v=DKIM1; k=rsa; p={'A' * 100} {'A' * 200};"
    assert (True, True) == (told(without(SETUP.key_name, folded))["DKIM"][0], "p" in tags(folded))


def test_no_mx_but_an_address() -> None:
    """A domain without MX takes mails at its own host (RFC 5321 section 5.1)."""
    assert told(Zone(hosts=(), address=True))["MX"][0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key_domain": "example.com"}, "we sign for example.com, and From is of news.example.org"),
        (
            {"key_domain": "", "key_record": "", "return_address": "b@example.com"},
            "mails return to example.com, and From is of news.example.org; sign them",
        ),
    ],
)
def test_what_does_not_belong_together_is_said(changes: dict[str, str], said: str) -> None:
    """A signature or return path of another domain than From's helps nothing with DMARC."""
    zone = Zone(texts={**TXT, "example.com": TXT["news.example.org"]})
    found = told(zone, replace(SETUP, **changes))["DMARC"]
    assert (False, said) == (found[0], found[1][: len(said)])


def test_where_another_signs_nothing_is_wrong() -> None:
    """Without a key of ours DKIM is the mail server's matter."""
    found = told(Zone(), replace(SETUP, key_domain="", key_name="", key_record=""))["DKIM"]
    assert (True, "not signed by us: see that your mail server signs, or set [dkim]") == found


def test_this_machine_alone_has_no_records() -> None:
    """A sender at localhost has nothing to publish."""
    setup = replace(SETUP, sender="digest@localhost", return_address="digest@localhost")
    assert ["DNS"] == list(told(Zone(), setup))


def test_a_long_record_is_in_strings() -> None:
    """A text of more than 255 characters is written as a zone file wants it."""
    assert f'x. TXT "{"a" * 255}" "aa"' == record("x", "a" * 257)
