"""What the configuration puts on outgoing mails, return paths and signatures, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from digest.address import with_ascii_domain
from digest.config import Config
from digest.errors import Problem, ResolverError, SettingsError
from digest.mime import sender_of
from digest.postage import Postage
from digest.records import Setup, Standing, judge
from digest.returnpath import ReturnPaths
from digest.tokens import Tokens

if TYPE_CHECKING:
    from digest.signing import Signer


def postage(config: Config) -> Postage:
    """Make what each mail gets before it leaves.

    Raises:
        SettingsError: the key that signs cannot be used.
    """
    return Postage(paths=return_paths(config), signer=signer(config))


def return_paths(config: Config) -> ReturnPaths | None:
    """Make the return paths that name subscribers, if there is an address for them."""
    address = config.bounces.address
    return ReturnPaths(address, Tokens(config.secrets)) if address else None


def signer(config: Config) -> Signer | None:
    """Make what signs mails, if a domain is configured.

    Raises:
        SettingsError: there is no key, or none that can be used.
    """
    dkim = config.dkim
    if not dkim.domain:
        return None
    # Imported here: most installations leave signing to their mail server.
    from digest.signing import Signer

    try:
        return Signer(domain=dkim.domain, selector=dkim.selector, key=config.dkim_key)
    except ValueError as error:
        fault, _, cure = str(error).partition("; ")
        place = f"dkim.key_file: {dkim.key_file}" if dkim.key_file else "dkim.key_file"
        raise SettingsError([Problem(place, fault, cure)]) from None


def standings(config: Config) -> Iterator[Standing]:
    """Ask the DNS what the domain publishes for these mails; says so where it does not answer.

    Raises:
        SettingsError: the key that signs cannot be used.
    """
    # Imported here: only `check --online` asks the DNS.
    from digest.lookup import Lookup

    sender = sender_of(config.smtp.sender)[1]
    by = signer(config)
    setup = Setup(
        sender=sender,
        return_address=with_ascii_domain(config.bounces.address) or sender,
        host=config.smtp.host,
        key_domain=by.domain if by else "",
        key_name=by.name if by else "",
        key_record=by.record if by else "",
    )
    try:
        yield from judge(setup, Lookup())
    except ResolverError as error:
        said = f"{error}: what {setup.domain} publishes for its mails is not known"
        yield Standing(name="DNS", ok=True, said=said)
