"""Gets the OAuth 2 token that a login takes, from a file or a program; it is never printed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from digest.errors import TransportError

_KEPT = 60.0  # seconds: connections opened together share a token
_SECONDS = 30.0
_TOKEN_MOST = 10_000


class Token:
    """Gives the token as it is now: both file and program may renew it at any time."""

    def __init__(self, *, file: Path | None, command: tuple[str, ...], folder: Path) -> None:
        """Read ``file``, or run ``command`` in ``folder``, without a shell."""
        self._file, self._command, self._folder = file, command, folder
        self._token, self._until = "", 0.0

    def __call__(self) -> str:
        """Give the token.

        Raises:
            TransportError: there is none.
        """
        if time.monotonic() >= self._until:
            said = self._from_file(self._file) if self._file else self._from_program()
            self._token = self._checked(said)
            self._until = time.monotonic() + _KEPT
        return self._token

    @property
    def _place(self) -> str:
        return f"smtp.token_file: {self._file}" if self._file else "smtp.token_command"

    def _checked(self, said: str) -> str:
        token = said.strip()
        if not token or len(token) > _TOKEN_MOST or not token.isascii() or len(token.split()) > 1:
            raise TransportError(f"{self._place}: gives no token; it is to give the token alone")
        return token

    def _from_file(self, file: Path) -> str:
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            fault = f"cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})"
            raise TransportError(f"{self._place}: {fault}; check the path") from None

    def _from_program(self) -> str:
        try:
            done = subprocess.run(  # noqa: S603 the operator's own command, no shell
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=True,
            )
        except subprocess.TimeoutExpired:
            fault = f"takes more than {_SECONDS:.0f} seconds"
            raise TransportError(f"{self._place}: {fault}; run it by hand") from None
        except subprocess.CalledProcessError as error:
            # What it printed may hold secrets.
            fault = f"ended with {error.returncode}"
            raise TransportError(f"{self._place}: {fault}; run it by hand") from None
        except (OSError, ValueError) as error:
            fault = f"cannot be started ({error})"
            raise TransportError(f"{self._place}: {fault}; check the command") from None
        return done.stdout.decode("utf-8", "replace")
