"""Judges what a domain publishes for its mails: MX, SPF, DKIM and DMARC, with what to publish.

Pure but for the resolver that it is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

_STRING_MOST = 255  # of a TXT record (RFC 1035 section 3.3.14)
_NULL_MX = "."  # RFC 7505


class Resolver(Protocol):
    """Asks the DNS; what does not exist is empty."""

    def txt(self, name: str) -> tuple[str, ...]:
        """Give the texts of a name.

        Raises:
            ResolverError: the DNS does not answer.
        """

    def mx(self, name: str) -> tuple[str, ...]:
        """Give the hosts that take mails for a domain, the first choice first."""

    def has_address(self, name: str) -> bool:
        """Whether a name has an IPv4 or IPv6 address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the mails carry: their From, return path, and key if we sign, and the server's host."""

    sender: str
    return_address: str
    host: str
    key_domain: str = ""
    key_name: str = ""
    key_record: str = ""

    @property
    def domain(self) -> str:
        """The domain of From."""
        return _domain(self.sender)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One line: what was looked at, whether it is in order, and what is there or is to be done."""

    name: str
    ok: bool
    said: str


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def judge(setup: Setup, resolver: Resolver) -> Iterator[Standing]:
    """Look at each record in turn.

    Raises:
        ResolverError: the DNS does not answer.
    """
    if "." not in setup.domain:
        said = f"{setup.domain} is no domain of the DNS: only this machine takes such mails"
        yield Standing(name="DNS", ok=True, said=said)
        return
    for address in dict.fromkeys((setup.sender, setup.return_address)):
        yield _mx(address, resolver)
    yield _spf(setup, resolver)
    yield _dkim(setup, resolver)
    yield _dmarc(setup, resolver)


def _mx(address: str, resolver: Resolver) -> Standing:
    """See whether answers and bounces can arrive (RFC 5321 section 5.1)."""
    domain = _domain(address)
    hosts = resolver.mx(domain)
    if hosts and hosts != (_NULL_MX,):
        return Standing(name="MX", ok=True, said=f"{domain}: {', '.join(hosts)}")
    if hosts:
        fault = f"{domain} says that it takes no mails"
    elif resolver.has_address(domain):
        said = f"{domain} has none; mails go to the host of that name"
        return Standing(name="MX", ok=True, said=said)
    else:
        fault = f"{domain} has none"
    cure = f"publish {domain}. MX 10 and your mail server's name"
    return Standing(name="MX", ok=False, said=f"{fault}, so nothing comes to {address}; {cure}")


def _spf(setup: Setup, resolver: Resolver) -> Standing:
    """See whether the return path's domain says who may send (RFC 7208)."""
    domain = _domain(setup.return_address)
    found = [text for text in resolver.txt(domain) if re.match(r"v=spf1( |$)", text, re.IGNORECASE)]
    host = setup.host if "." in setup.host and not setup.host[-1].isdigit() else "mail." + domain
    if not found:
        cure = f"publish {record(domain, f'v=spf1 a:{host} -all')}, if {host} sends"
        return Standing(name="SPF", ok=False, said=f"{domain} has none; {cure}")
    if len(found) > 1:
        said = f"{domain} has {len(found)}, which counts as none; keep one"
        return Standing(name="SPF", ok=False, said=said)
    terms = found[0].lower().split()[1:]
    if terms == ["-all"]:
        said = f'{domain} lets nobody send ("{found[0]}"); add a:{host}, if {host} sends'
        return Standing(name="SPF", ok=False, said=said)
    if {"all", "+all"} & set(terms):
        said = f'{domain} lets everybody send ("{found[0]}"); end it with -all'
        return Standing(name="SPF", ok=False, said=said)
    return Standing(name="SPF", ok=True, said=f'{domain}: "{found[0]}"')


def _dkim(setup: Setup, resolver: Resolver) -> Standing:
    """See whether the key that signs is the one that is published (RFC 6376 section 3.6)."""
    if not setup.key_record:
        said = "not signed by us: see that your mail server signs, or set [dkim]"
        return Standing(name="DKIM", ok=True, said=said)
    found = [tags(text) for text in resolver.txt(setup.key_name) if "p=" in text]
    publish = f"publish {record(setup.key_name, setup.key_record)}"
    if not found:
        return Standing(name="DKIM", ok=False, said=f"{setup.key_name} has no key; {publish}")
    keys = {tag.get("p", "") for tag in found}
    if tags(setup.key_record)["p"] not in keys:
        fault = "is revoked" if keys == {""} else "is another key"
        said = f"what {setup.key_name} holds {fault}; {publish}, or sign with its own"
        return Standing(name="DKIM", ok=False, said=said)
    if len(found) > 1:
        said = f"{setup.key_name} has {len(found)} records, of which any may be taken; keep one"
        return Standing(name="DKIM", ok=False, said=said)
    trial = "; t=y says that it is on trial" if "y" in found[0].get("t", "") else ""
    return Standing(name="DKIM", ok=True, said=f"{setup.key_name} holds our key{trial}")


def _dmarc(setup: Setup, resolver: Resolver) -> Standing:
    """See what the domain of From asks for (RFC 7489), looking upwards as its successor does."""
    for domain in _upwards(setup.domain):
        found = [tags(t) for t in resolver.txt(f"_dmarc.{domain}") if re.match(r"v=DMARC1\b", t)]
        if len(found) > 1:
            said = f"_dmarc.{domain} has {len(found)}, which counts as none; keep one"
            return Standing(name="DMARC", ok=False, said=said)
        if found:
            return _alignment(setup, f"_dmarc.{domain}", found[0].get("p", "").lower())
    name = f"_dmarc.{setup.domain}"
    cure = f"publish {record(name, f'v=DMARC1; p=none; rua=mailto:postmaster@{setup.domain}')}"
    return Standing(name="DMARC", ok=False, said=f"{setup.domain} has none; {cure}")


def _alignment(setup: Setup, name: str, policy: str) -> Standing:
    """See whether what is checked belongs to the domain of From (RFC 7489 section 3.1)."""
    if policy not in {"none", "quarantine", "reject"}:
        return Standing(name="DMARC", ok=False, said=f"{name} has no policy; add p=none")
    if setup.key_domain and not akin(setup.key_domain, setup.domain):
        said = f"we sign for {setup.key_domain}, and From is of {setup.domain}; sign for the latter"
        return Standing(name="DMARC", ok=False, said=said)
    returns = _domain(setup.return_address)
    if not setup.key_domain and not akin(returns, setup.domain):
        said = f"mails return to {returns}, and From is of {setup.domain}; sign them, by [dkim]"
        return Standing(name="DMARC", ok=False, said=said)
    return Standing(name="DMARC", ok=True, said=f"{name}: p={policy}")


def akin(one: str, other: str) -> bool:
    """Whether two domains are the same, or one is above the other (relaxed alignment)."""
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])


def tags(text: str) -> dict[str, str]:
    """Read ``name=value; ...`` (RFC 6376 section 3.2); white space within values goes."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip(): re.sub(r"\s+", "", value) for name, _, value in pairs if name.strip()}


def record(name: str, text: str) -> str:
    """Write a TXT record as a zone file has it, a long one in strings."""
    parts: Sequence[str] = [
        text[at : at + _STRING_MOST] for at in range(0, len(text), _STRING_MOST)
    ]
    return f"{name}. TXT " + " ".join(f'"{part}"' for part in parts)
