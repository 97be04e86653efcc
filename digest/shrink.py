"""Makes a stranger's picture small and harmless; the one place that uses Pillow.

It is decoded and encoded anew, so that nothing of the file but its look goes on: no metadata, no
second picture, no bytes behind it. Run as ``python -m digest.shrink`` this is a worker with limits
of time and memory, in which alone such bytes are decoded.
"""

from __future__ import annotations

import io
import sys
import warnings
from typing import TYPE_CHECKING

from digest.confined import Allowance, Workers, serve
from digest.model import Thumbnail

if TYPE_CHECKING:
    from PIL import Image

WIDTH, HEIGHT = 280, 302  # shown within; drawn with twice the pixels, for sharp screens
JPEG_MOST = 8_000  # bytes: fifteen of them, encoded, leave a mail a third of its size
ALLOWANCE = Allowance(seconds=4.0, megabytes=300)

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_PIXELS_MOST = 16_000_000
_LEAST = 32  # pixels; smaller are icons, rules, and what counts readers
_WAYS = ((1.0, 70), (1.0, 55), (1.0, 40), (0.75, 40), (0.5, 50), (0.5, 30), (0.5, 15))


def workers(count: int = 2) -> Workers:
    """Have processes that answer (name, bytes) with a Thumbnail, or why there is none."""
    return Workers("digest.shrink", ALLOWANCE, count)


def shrink(name: str, content: bytes) -> Thumbnail | str:
    """Give a picture as a mail carries it, or why it is refused. To be called in a worker."""
    from PIL import Image, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = _PIXELS_MOST
    try:
        with warnings.catch_warnings():
            # Pillow warns of a decompression bomb up to twice its limit, and raises beyond.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                return _made(name, opened)
    except UnidentifiedImageError:
        return "is no PNG, JPEG, GIF or WebP picture"
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        return f"has more than {_PIXELS_MOST:,} pixels"
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 no bytes a stranger can send may end the run
        return f"cannot be read ({type(error).__name__})"


def _made(name: str, opened: Image.Image) -> Thumbnail | str:
    from PIL import Image, ImageOps

    # A JPEG is decoded at once in about the size that is wanted.
    opened.draft("RGB", (4 * WIDTH, 4 * HEIGHT))
    picture = ImageOps.exif_transpose(opened).convert("RGBA")
    if min(picture.size) < _LEAST:
        return f"is smaller than {_LEAST} pixels"
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture.getchannel("A"))
    scale = min(1.0, WIDTH / paper.width, HEIGHT / paper.height)
    shown = _sized(paper, scale)
    for share, quality in _WAYS:
        size = _sized(paper, min(1.0, 2 * scale * share))
        written = io.BytesIO()
        paper.resize(size, Image.Resampling.LANCZOS).save(
            written, "JPEG", quality=quality, optimize=True, progressive=True
        )
        if written.tell() <= JPEG_MOST:
            return Thumbnail(name=name, jpeg=written.getvalue(), width=shown[0], height=shown[1])
    return "cannot be made small enough"


def _sized(picture: Image.Image, scale: float) -> tuple[int, int]:
    return max(round(picture.width * scale), 1), max(round(picture.height * scale), 1)


def _answered(request: tuple[str, bytes]) -> Thumbnail | str:
    return shrink(*request)


def _prepare() -> None:
    """Load what decoding itself needs: it is not the picture's."""
    from PIL import Image

    Image.init()


if __name__ == "__main__":
    serve(_answered, _prepare, int(sys.argv[1]))
