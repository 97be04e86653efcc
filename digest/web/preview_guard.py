"""Who may see a preview: whoever sits at this machine."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.requests import Request

# Whether a request may be answered.
Admission = Callable[[Request], bool]

# A reverse proxy on this machine asks for others, who are not at it.
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_loopback(host: str) -> bool:
    """Whether a name or address of a host means this machine, whatever a DNS says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def at_this_machine(request: Request) -> bool:
    """Admit who asks from this machine, by its own name, and for nobody else.

    A page elsewhere could have its own name mean this machine (DNS rebinding): then the browser
    asks for that name.
    """
    try:
        named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    asking = request.client.host if request.client else ""
    passed_on = any(name in request.headers for name in _PASSED_ON)
    return is_loopback(named) and is_loopback(asking) and not passed_on
