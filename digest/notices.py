"""Tells the operator of sources that have failed for days."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from digest import mime
from digest.address import with_ascii_domain
from digest.coverage import RAISED_AFTER
from digest.errors import TransportError
from digest.model import DeliveryStatus, Message, Source, SourceState
from digest.postage import Postage
from digest.store import Store
from digest.transports import Transport, hand_over


def overdue(configured: Sequence[Source], store: Store, now: datetime) -> list[SourceState]:
    """List the sources that have failed for three days and of which nobody was told."""
    states = store.sources.all()
    return [
        state
        for source in configured
        if (state := states.get(source.name))
        and state.failing_since
        and not state.raised
        and now - state.failing_since >= RAISED_AFTER
    ]


def tell(
    failing: Sequence[SourceState],
    *,
    sender: str,
    operator: str,
    store: Store,
    transport: Transport,
    postage: Postage,
    now: datetime,
) -> str:
    """Send one mail about all of them; gives what kept it from going, or "".

    They count as told only once the server has taken it.
    """
    if not failing or not operator:
        return ""
    message = postage.put_on(_message(failing, sender, operator, now), now.date())
    try:
        result = hand_over(transport, message)
    except TransportError as error:
        return str(error)
    if result.status is not DeliveryStatus.SENT:
        return f"the operator {operator} could not be told: {result.response}"
    for state in failing:
        store.sources.put(replace(state, raised=True))
    return ""


def _message(failing: Sequence[SourceState], sender: str, operator: str, now: datetime) -> Message:
    names = ", ".join(state.source for state in failing)
    text = "".join(
        f"{state.source} is {state.state}; it has not been in order since "
        f"{state.failing_since:%Y-%m-%d %H:%M} UTC:\n  {state.detail}\n\n"
        for state in failing
    )
    subject = f"Sources failing: {names}"
    _, address = mime.sender_of(sender)
    mark = hashlib.sha256(f"{names} {now:%Y-%m-%d}".encode()).hexdigest()[:16]
    identifier = f"<{now:%Y%m%d}.{mark}@{address.rpartition('@')[2]}>"
    content = mime.notice(
        sender=sender,
        recipient=operator,
        subject=subject,
        date=now,
        message_id=identifier,
        text=text + "What they do not give is missing in the digests until this is mended.\n",
    )
    return Message(
        message_id=identifier,
        sender=address,
        recipient=with_ascii_domain(operator),
        subject=subject,
        content=content,
    )
