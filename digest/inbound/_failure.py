"""Whether a failure is for good: by its status code (RFC 3463), else by what is commonly said."""

from __future__ import annotations

import re

from digest.inbound._letter import one_line
from digest.inbound._returned import Kind

_REASON_MOST = 200
_CODE = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
# RFC 3463 section 3.2 and 3.3: no such mailbox, no such system, wrong address, moved away, mailbox
# disabled; a null MX (RFC 7505). Not 5.2.2: a full mailbox may be emptied.
_FOR_GOOD = re.compile(r"5\.(1\.(1|2|3|6|10)|2\.1)")
_GONE = re.compile(
    r"user (is )?unknown|unknown (user|recipient|local part|account|address)|no such (user|mailbox"
    r"|recipient|account|person|address)|no (mailbox|account) (here )?by that name"
    r"|(user|mailbox|account|recipient|address|addressee)[^.\n]{0,60}(does ?n[o']t exist|not found"
    r"|doesn't have (an|a yahoo)|is (disabled|inactive|deactivated|no longer)|has been (disabled"
    r"|deactivated|closed|suspended))|invalid (recipient|mailbox|user)|mailbox unavailable"
    r"|recipient address rejected: access denied|couldn't be found|host or domain name not found"
    r"|not a valid (mailbox|recipient)|address is not valid",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"(mailbox|quota)[^.\n]{0,40}(full|exceeded)|over (its |their )?quota|not (be )?delivered"
    r"|undeliver|delivery[^.\n]{0,40}fail|returned (mail|to sender)|failure notice"
    r"|(permanent|fatal) error|\b5\d\d[ -]\d\.\d|could not send",
    re.IGNORECASE,
)
_UNSPECIFIC = re.compile(r"5\.(0|3|5)\.0|5\.1\.0|5\.4\.1|5\.7\.1")


def kind(status: str, said: str) -> Kind:
    """Judge a failure by its status and by what the other server said.

    The words count where the code says nothing in particular.
    """
    codes = [".".join(found) for found in (*_CODE.findall(status), *_CODE.findall(said))]
    if any(_FOR_GOOD.fullmatch(code) for code in codes):
        return Kind.HARD
    particular = [code for code in codes if not _UNSPECIFIC.fullmatch(code)]
    return Kind.HARD if not particular and _GONE.search(said) else Kind.SOFT


def is_said(text: str) -> bool:
    """Whether a text speaks of a mail that was not delivered, in common words."""
    return bool(_GONE.search(text) or _FAILED.search(text))


def reason(*parts: str) -> str:
    """Write why on one line."""
    return one_line(" ".join(part for part in parts if part))[:_REASON_MOST]


def telling(text: str) -> str:
    """Give the line of a text that says why."""
    lines = [line for line in text.splitlines() if line.strip()]
    for pattern in (_GONE, _CODE, _FAILED):
        for line in lines:
            if pattern.search(line):
                return reason(line)
    return ""
