"""Makes what the templates of letters show: the mails about a subscription itself. Pure."""

from __future__ import annotations

from digest import mime
from digest.cleaning import shown
from digest.language import Language
from digest.model import Subscriber
from digest.portrait import frame_of
from digest.view import Letter, Links, Look

ASKING = frozenset({"confirm", "address"})  # before the answer nothing is sent to the address
_NAME_MOST = 100


def letter_of(
    kind: str, subscriber: Subscriber, look: Look, words: Language, link: str, links: Links | None
) -> Letter:
    """Give what a letter says; ``kind`` is the name of its template."""
    frame = frame_of(look, words)
    reply = look.reply_to or mime.sender_of(look.sender)[1]
    name = shown(subscriber.name, _NAME_MOST)
    subject, preheader = _announced(kind, frame.title, words)
    return Letter(
        title=frame.title,
        accent=frame.accent,
        accent_dark=frame.accent_dark,
        language=frame.language,
        direction=frame.direction,
        postal_address=frame.postal_address,
        logo=frame.logo,
        subject=subject,
        preheader=preheader,
        greeting=words.say("Hello {name},", name=name) if name else "",
        interests=tuple(shown(one.name, _NAME_MOST) for one in subscriber.profile.interests),
        schedule=words.say("at {time}, {zone}", time=subscriber.send_at, zone=subscriber.timezone),
        email=subscriber.email,
        link=link,
        unsubscribe=links.unsubscribe(subscriber.id) if links and kind not in ASKING else "",
        unsubscribe_mail=mime.stop_by_mail(reply, subscriber.email),
        unsubscribe_address=reply,
    )


def _announced(kind: str, title: str, words: Language) -> tuple[str, str]:
    """Give the subject and the preheader."""
    if kind == "confirm":
        return (
            words.say("Confirm your subscription to {title}", title=title),
            words.say("One click, and the first mail comes. Without it, none ever will."),
        )
    if kind == "address":
        return (
            words.say("Confirm your new address for {title}", title=title),
            words.say("One click, and the mails come here. Without it, they do not."),
        )
    if kind == "preferences":
        return (
            words.say("Your subscription to {title}", title=title),
            words.say("The way to your interests, days and address."),
        )
    return (
        words.say("Welcome to {title}", title=title),
        words.say("What will come, when it will come, and how to stop it."),
    )
