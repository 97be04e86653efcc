"""Bounces of servers that send no part for machines: the one use of flufl.bounce, and our own."""

from __future__ import annotations

import logging
from email import message_from_bytes

from digest.inbound import _failure
from digest.inbound._letter import Letter
from digest.inbound._returned import Kind, Returned

_BYTES_MOST = 50_000


def read(letter: Letter, *, proved: bool) -> Returned | None:
    """Read a bounce by the form of known programs; None if it has none.

    Where it is ``proved`` whose mail came back, and a mail system or the subject says so, common
    words suffice.
    """
    passing, failed = _recognised(letter.content)
    said = letter.text
    evidence = f"{letter.enclosed}\n{said}"
    likely = proved and (letter.from_system or _failure.is_said(letter.subject))
    if failed or (likely and not passing and _failure.is_said(f"{letter.subject}\n{said}")):
        return Returned(
            kind=_failure.kind("", said),
            reason=_failure.telling(said) or _failure.reason(letter.subject),
            addresses=failed,
            evidence=evidence,
        )
    if passing:
        return Returned(kind=Kind.NOTICE, reason="delayed", addresses=passing)
    return None


def _recognised(content: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the addresses that flufl.bounce finds delayed, and failed."""
    # Imported here: most mails need it not.
    from flufl.bounce import all_failures

    logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)
    try:
        passing, failed = all_failures(message_from_bytes(content[:_BYTES_MOST]))
    except Exception:  # noqa: BLE001 eighteen detectors, each of which may fail on made-up bytes
        return (), ()
    return _texts(passing), _texts(failed)


def _texts(addresses: frozenset[bytes]) -> tuple[str, ...]:
    return tuple(sorted(address.decode("ascii", "replace") for address in addresses))
