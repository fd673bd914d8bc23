"""How far a distribution is from a reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import chi2

from ml.monitoring.report import Drift

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Half a row in every bin: an empty one would make the index infinite.
_SMOOTHING = 0.5
_CHANCE = 0.001


def drift(before: NDArray[np.float64], now: NDArray[np.float64], bound: float) -> Drift:
    """Return the population stability index, and whether it counts.

    The index is the sum over the bins of (q - p) ln(q / p). Without any change it is
    distributed as (1/n + 1/m) times a chi-squared with one degree of freedom less than
    there are bins (Yurdakul and Naranjo, "Statistical properties of the population stability
    index", Journal of Risk Model Validation 14, 2020): few rows and many bins exceed any
    fixed bound by chance. Rows of one patient are not independent, which widens it a little.

    Args:
        before: (bins,) counts of the reference, not all zero.
        now: (bins,) counts to compare with it, not all zero.
        bound: the declared one.
    """
    p, q = _shares(before), _shares(now)
    index = float(((q - p) * np.log(q / p)).sum())
    freedom = int(((before > 0) | (now > 0)).sum()) - 1
    chance = float(chi2.ppf(1 - _CHANCE, freedom)) if freedom > 0 else 0.0
    critical = chance * float(1 / before.sum() + 1 / now.sum())
    return Drift(psi=index, critical=critical, drifted=index >= bound and index > critical)


def _shares(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = (counts + _SMOOTHING) / (counts + _SMOOTHING).sum()
    return shares
