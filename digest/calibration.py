"""Makes likenesses comparable: the share that a sum of cosines stands for, in 0..1.

An S-shaped curve, u / sqrt(1 + u^2) scaled to 0..1, of u = (likeness - middle) / width. It is not
the logistic one, which would make all very good entries equal in six decimals. The middle grows
with the logarithm of the number of examples: the more there are, the nearer entries come to their
mean. Middles and widths were set on readers' judgements (docs/architecture.md) so that on a broad
listing half of the entries past 0.4 are relevant to a reader who gave five to twenty examples.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Curve:
    """Where the share is one half, and how wide the curve rises around it.

    For a ``text`` alone; for ``one`` example, and so much more for each ``tenfold`` of them.
    """

    text: float
    one: float
    tenfold: float
    width: float

    def middle(self, examples: int) -> float:
        """Give the likeness whose share is one half."""
        return self.one + self.tenfold * log10(examples) if examples else self.text

    def share(self, likeness: Floats, middle: Floats) -> Floats:
        """Give the shares of likenesses, both of one shape."""
        u = (likeness - middle) / np.float32(self.width)
        return np.asarray(0.5 + 0.5 * u / np.sqrt(1 + u * u), np.float32)

    def share_of(self, likeness: float, middle: float) -> float:
        """Give the share of one likeness."""
        u = (likeness - middle) / self.width
        return 0.5 + 0.5 * u / sqrt(1 + u * u)


TRANSFORMER = Curve(text=0.17, one=0.18, tenfold=0.115, width=0.15)
STATIC = Curve(text=0.10, one=0.08, tenfold=0.085, width=0.10)
WORDS = Curve(text=0.035, one=0.03, tenfold=0.025, width=0.04)
