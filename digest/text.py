"""Plain words out of markup and odd characters; the one place that uses nh3.

Everything a listing says passes through ``plain`` or ``squash`` before it is kept, so the
rest of the program only ever sees plain text without control characters.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# The elements of HTML, its obsolete ones included (https://html.spec.whatwg.org/#elements-3).
_ELEMENTS = (
    "a|abbr|acronym|address|area|article|aside|audio|b|base|bdi|bdo|big|blink|blockquote|body|br|"
    "button|canvas|caption|center|cite|code|col|colgroup|dd|del|details|dfn|dialog|dir|div|dl|dt|"
    "em|embed|fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|"
    "hgroup|hr|html|i|iframe|img|input|ins|kbd|label|legend|li|link|main|map|mark|marquee|math|"
    "menu|meta|nav|nobr|noscript|object|ol|optgroup|option|output|p|param|picture|pre|progress|q|"
    "rp|rt|ruby|s|samp|script|section|select|small|source|span|strike|strong|style|sub|summary|"
    "sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|track|tt|u|ul|var|"
    "video|wbr"
)
_FLAGS = "async|autoplay|checked|compact|controls|defer|disabled|hidden|loop|muted|noshade|nowrap"
_NAMED = rf"/?(?:[a-z][\w.]*[:-][\w.:-]*|{_ELEMENTS})"
# A name with nothing behind it, or with attributes: "<q and q>" is an inequality. A tag that is
# cut off at the end of the text is one too.
_ATTRIBUTES = (
    rf"(?:\s+(?:{_FLAGS})(?=[\s/>]))*(?:\s*/?>|[\s/]+[\w@:.-]+\s*=(?:[^<>]*(?:>|\Z)|"
    r"(?:[^<>\"']|\"[^\"]{0,2000}\"|'[^']{0,2000}')*>))"
)
_TAG = re.compile(rf"<{_NAMED}{_ATTRIBUTES}|<!--", re.IGNORECASE)
# Inline mathematics as pandoc takes it: no space inside the dollars, no digit after the last.
_MATH = re.compile(r"\$(?=\S)[^$]{1,400}(?<=\S)\$(?!\d)")
# An HTML parser would swallow such a sign with its tail.
_OPENS_NO_TAG = re.compile(rf"<(?!{_NAMED}{_ATTRIBUTES}|[!?])", re.IGNORECASE)
# The elements of MathML Core and of MathML 3 that hold text; nh3 drops them with it.
_MATHML = re.compile(
    r"</?(?:math|maction|menclose|merror|mfenced|mfrac|mi|mmultiscripts|mn|mo|mover|mpadded|"
    r"mphantom|mprescripts|mroot|mrow|ms|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|"
    r"mtr|munder|munderover|none|semantics)(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)
_ANNOTATION = re.compile(
    r"<((?:\w+:)?annotation(?:-xml)?)\b[^<>]*>.{0,20000}?</\1\s*>", re.IGNORECASE | re.DOTALL
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|th|table|blockquote|pre|section|article|dd|dt|hr|"
    r"jats:p|jats:title|jats:sec)\b[^<>]*>",
    re.IGNORECASE,
)
# C0 and C1 controls, soft hyphen, zero-width characters, bidirectional embeddings and overrides
# (Unicode TR 36): invisible, and able to make a title read as something else.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
# Listings of saved pages lose the "&#" and ";" of hexadecimal references: "localizedx2014yet".
_LOST_REFERENCE = re.compile(r"(?<=[^\W_0-9])x(20[0-5][0-9a-f])(?![0-9a-f]{2})")
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_TOKEN = re.compile(rf"[{_CJK}]|\b[a-z](?:\+\+|#)|[^\W_{_CJK}]+")
_WORD = re.compile(rf"[{_CJK}]|[^\W_{_CJK}]+")
_STROKED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "\u0131": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[^\sa-z])|(?<=[。！？])")  # noqa: RUF001 the full-width marks end sentences
_SHORT_WORD = 3


def squash(value: str) -> str:
    """Give ``value`` on one line: unseen characters dropped, white space runs made one space."""
    return " ".join(_UNSEEN.sub("", value).split())


def has_letter(value: str) -> bool:
    """Whether a letter of any script is in ``value``."""
    return any(character.isalpha() for character in value)


def repair(value: str) -> str:
    """Put back the dash or quote of a broken reference: ``localizedx2014yet``."""
    return _LOST_REFERENCE.sub(lambda found: chr(int(found.group(1), 16)), value)


def plain(value: str) -> str:
    """Reduce a field that may hold HTML to plain text on one line.

    Text that holds no known tag and no character reference is left as it is, so that a bare
    ``a < b`` or ``$x<y$`` survives; scripts and styles go with their content.
    """
    if not (_TAG.search(value) or _ENTITY.search(value)):
        return squash(value)
    if not _TAG.search(value):
        return squash(html.unescape(value))
    # Imported here: nh3 is compiled code that commands without listings need not load.
    import nh3

    apart = _MATH.sub(_apart, _without_mathml(value))
    spaced = _BLOCK.sub(lambda tag: f" {tag.group(0)} ", _OPENS_NO_TAG.sub("&lt;", apart))
    return squash(html.unescape(nh3.clean(spaced, tags=set())))


def literal(value: str) -> str:
    """Bring a field that is plain text to one line: what looks like a tag in it is none."""
    return squash(html.unescape(value) if _ENTITY.search(value) else value)


def _without_mathml(value: str) -> str:
    """Keep what formulas say; what merely annotates them, often in TeX, says it again."""
    if "math" not in value.lower():
        return value
    return _MATHML.sub("", _ANNOTATION.sub("", value))


def _apart(found: re.Match[str]) -> str:
    """Escape what would be markup within a formula; a pair of dollars around tags is none."""
    formula = found.group(0)
    if "</" in formula:
        return formula
    return formula.replace("<", "&lt;").replace(">", "&gt;")


@lru_cache(maxsize=65_536)
def fold(value: str) -> str:
    """Give ``value`` without case and diacritics: ``Gödel`` and ``GODEL`` fold alike."""
    if value.isascii():
        return value.lower()
    folded = unicodedata.normalize("NFKD", value.casefold().translate(_STROKED))
    return "".join(char for char in folded if not unicodedata.combining(char))


def tokens(value: str) -> tuple[str, ...]:
    """Split ``value`` into folded words; a CJK character is a word of its own, and so is C++."""
    return tuple(_TOKEN.findall(fold(value.replace("'", "").replace("\u2019", ""))))


@lru_cache(maxsize=65_536)
def stem(token: str) -> str:
    """Take the plural off an English ``token``.

    The S stemmer of Harman, "How effective is suffixing?" (JASIS 42(1), 1991), which leaves
    "-us" and "-ss" alone; "-is" (analysis) too.
    """
    if len(token) <= _SHORT_WORD or token.endswith(("us", "ss", "is")):
        return token
    if token.endswith("ies") and not token.endswith(("eies", "aies")):
        return token[:-3] + "y"
    if token.endswith(("ches", "shes", "sses", "xes", "zes")):
        return token[:-2]
    return token.removesuffix("s")


def sentences(value: str) -> Iterator[str]:
    """Split plain text at sentence ends, keeping the marks."""
    return (part for part in _SENTENCE_END.split(value) if part)


def shorten(value: str, most: int) -> str:
    """Cut ``value`` to at most ``most`` characters at a word, with an ellipsis if cut."""
    if len(value) <= most:
        return value
    cut = value[: most - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > most // 2 else cut).rstrip(" ,;:.-\u2013\u2014(") + "…"


def around(value: str, words: str, most: int = 60) -> str:
    """Give the place of ``value`` where ``words`` (stems, in a row) stand first, or ""."""
    wanted = words.split()
    found = [(place, stem(fold(place.group(0)))) for place in _WORD.finditer(value)]
    row = [one for _, one in found]
    for at in range(len(row) - len(wanted) + 1):
        if row[at : at + len(wanted)] == wanted:
            start, end = found[at][0].start(), found[at + len(wanted) - 1][0].end()
            spare = max(most - (end - start), 0) // 2
            before = value[max(start - spare, 0) : start]
            after = value[end : end + spare]
            if start > spare:
                before = "…" + before.partition(" ")[2]
            if end + spare < len(value):
                after = after.rpartition(" ")[0] + "…"
            return f"{before}{value[start:end]}{after}"
    return ""


def opening(value: str, most: int) -> str:
    """Give the first whole sentences of ``value`` within ``most`` characters, or a cut one."""
    end = 0
    for found in _SENTENCE_END.finditer(value):
        if found.start() > most:
            break
        end = found.start()
    if len(value) <= most:
        return value
    return value[:end] if end else shorten(value, most)
