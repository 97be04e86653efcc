"""Writes each mail into a folder, for a preview: digest.html, digest.txt, digest.eml."""

from __future__ import annotations

import base64
from email import message_from_bytes, policy
from pathlib import Path
from types import TracebackType
from typing import Self

from digest.errors import TransportError
from digest.model import DeliveryStatus, Message, SendResult
from digest.transports import Office, one_by_one


class FolderTransport:
    """Writes the last message it is given; nothing leaves this machine."""

    def __init__(self, folder: Path) -> None:
        """Write into ``folder``, which is made when needed."""
        self._folder = folder

    def __enter__(self) -> Self:
        """Give this transport."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Have nothing to close."""

    def carry(self, office: Office) -> None:
        """Write each message of an office.

        Raises:
            TransportError: the folder cannot be written.
        """
        one_by_one(office, self.send)

    def send(self, message: Message) -> SendResult:
        """Write the three files.

        Raises:
            TransportError: the folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / "digest.html").write_text(alone(message), encoding="utf-8")
            (self._folder / "digest.txt").write_text(message.text, encoding="utf-8")
            (self._folder / "digest.eml").write_bytes(message.content)
        except OSError as error:
            raise TransportError(
                f"{self._folder}: cannot be written ({error.strerror}); give another --out"
            ) from None
        return SendResult(status=DeliveryStatus.SENT, response=str(self._folder))


def alone(message: Message) -> str:
    """Give the HTML for a browser, which knows no parts of a mail: with its pictures (RFC 2397)."""
    if "cid:" not in message.html:
        return message.html
    html = message.html
    for part in message_from_bytes(message.content, policy=policy.default).walk():
        name = str(part["Content-ID"] or "").strip("<>")
        if name:
            content = base64.b64encode(part.get_content()).decode("ascii")
            address = f"data:{part.get_content_type()};base64,{content}"
            html = html.replace(f"cid:{name}", address)
    return html
