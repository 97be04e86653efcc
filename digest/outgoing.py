"""What the configuration puts on outgoing mails: return paths and signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.config import Config
from digest.errors import Problem, SettingsError
from digest.postage import Postage
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
