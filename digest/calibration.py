"""Makes a likeness comparable: the share that a sum of cosines stands for, in 0..1.

A logistic curve, fitted on readers' judgements (docs/architecture.md says which): its middle is
the likeness at which half of the entries were relevant to somebody who gave a handful of examples.
Cosines are compared with the same statistics every day, so that a share, and with it a threshold,
means the same from day to day.
"""

from __future__ import annotations

from typing import overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

# Middle and width of the curve, with a language model and without.
WITH_MEANING = (0.45, 0.12)
WORDS_ALONE = (0.22, 0.07)


@overload
def share(likeness: Floats, *, meaning: bool) -> Floats: ...
@overload
def share(likeness: np.float32, *, meaning: bool) -> np.float32: ...
def share(likeness: Floats | np.float32, *, meaning: bool) -> Floats | np.float32:
    """Give the share of a likeness: words' and ``meaning``'s cosines, or words' alone."""
    middle, width = map(np.float32, WITH_MEANING if meaning else WORDS_ALONE)
    return np.float32(1) / (np.float32(1) + np.exp((middle - likeness) / width))
