"""Statistics of experiments that may be looked at after every user, without more false alarms than were agreed to.

A fixed-horizon p-value that is looked at again and again finds a difference in nearly every experiment sooner or
later. These are always-valid: the chance that they ever mislead, at any look, is at most `ALPHA`.

- `difference`: two proportions by the mixture sequential probability ratio test with a normal mixture (Robbins 1970;
  Johari, Koomen, Pekelis and Walsh, "Peeking at A/B tests", KDD 2017) and the confidence sequence that it inverts to
  (Howard, Ramdas, McAuliffe and Sekhon, "Time-uniform, nonparametric, nonasymptotic confidence sequences", 2021).
  It takes proportions to be normal, which is why nothing is concluded from a few users: see `FEWEST`.
- `mismatch`: whether users fell to the variants as the weights say, by the Dirichlet mixture for multinomial counts
  (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022); exact.

Counts may be numbers or arrays of them, of equal shape.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

ALPHA = 0.05
"""The chance of a false alarm, over all looks together."""
FEWEST = 8
"""Nothing is concluded before n·p·(1 - p) of the smaller variant is as large: about so many of the rarer kind."""
EFFECT = 0.1
"""About how large a difference of proportions is looked for: the test is quickest near it, valid for any."""
MISMATCHED = 0.001
"""An experiment whose users fell to its variants with a smaller p-value than this is not to be trusted."""
CONCENTRATION = 100.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Arm:
    """How many *users* saw a variant, and how many of them did what is counted."""

    users: int
    converted: int

    @property
    def rate(self) -> float | None:
        """Share of users who did it; None without users."""
        return self.converted / self.users if self.users else None


@dataclass(frozen=True)
class Difference:
    """A variant's proportion less the control's: the estimate, an interval that holds at every look, and a p-value."""

    estimate: float
    low: float
    high: float
    p_value: float


def difference(control: Arm, variant: Arm, alpha: float = ALPHA) -> Difference:
    """What is known of *variant* against *control*; the interval misses the truth at any look with chance *alpha*."""
    if min(control.users, variant.users) == 0:
        return Difference(0.0, -1.0, 1.0, 1.0)
    counts = (control.users, control.converted, variant.users, variant.converted)
    delta, radius = float(_delta(*counts)), float(half_width(*counts, alpha=alpha))
    return Difference(delta, max(-1.0, delta - radius), min(1.0, delta + radius), float(p_value(*counts)))


def p_value(users: ArrayLike, converted: ArrayLike, other_users: ArrayLike, other_converted: ArrayLike) -> Floats:
    """The always-valid p-value against equal proportions; 1 while a variant has too few users (`FEWEST`)."""
    variance = _variance(users, converted, other_users, other_converted)
    mixed = variance + EFFECT**2
    delta = _delta(users, converted, other_users, other_converted)
    evidence = 0.5 * np.log(variance / mixed) + (EFFECT * delta) ** 2 / (2 * variance * mixed)
    return cast(
        "Floats",
        np.where(_enough(users, converted, other_users, other_converted), np.exp(-np.maximum(evidence, 0)), 1.0),
    )


def half_width(
    users: ArrayLike, converted: ArrayLike, other_users: ArrayLike, other_converted: ArrayLike, alpha: float = ALPHA
) -> Floats:
    """Half of the confidence sequence's width; 2 (nothing is known) while a variant has too few users (`FEWEST`)."""
    variance = _variance(users, converted, other_users, other_converted)
    mixed = variance + EFFECT**2
    width = np.sqrt(2 * variance * mixed / EFFECT**2 * (0.5 * np.log(mixed / variance) - np.log(alpha)))
    return cast("Floats", np.where(_enough(users, converted, other_users, other_converted), width, 2.0))


def mismatch(users: Sequence[ArrayLike], weights: Sequence[float]) -> Floats:
    """The always-valid p-value against users that fall to the variants as *weights* say; one count for each variant."""
    counts = np.array(users, np.float64)
    shares = (np.array(weights, np.float64) / sum(weights)).reshape(-1, *[1] * (counts.ndim - 1))
    prior = CONCENTRATION * shares
    mixed = (
        gammaln(CONCENTRATION)
        - gammaln(CONCENTRATION + counts.sum(0))
        + (gammaln(prior + counts) - gammaln(prior)).sum(0)
    )
    evidence = mixed - (counts * np.log(shares)).sum(0)
    return cast("Floats", np.exp(-np.maximum(evidence, 0)))


def _delta(users: ArrayLike, converted: ArrayLike, other_users: ArrayLike, other_converted: ArrayLike) -> Floats:
    one = np.asarray(converted, np.float64) / np.maximum(users, 1)
    return np.asarray(other_converted, np.float64) / np.maximum(other_users, 1) - one


def _variance(users: ArrayLike, converted: ArrayLike, other_users: ArrayLike, other_converted: ArrayLike) -> Floats:
    """Of the difference; proportions are drawn a little to the middle, so that it is never nothing."""
    return _of_one(users, converted) + _of_one(other_users, other_converted)


def _of_one(users: ArrayLike, converted: ArrayLike) -> Floats:
    total, count = np.asarray(users, np.float64), np.asarray(converted, np.float64)
    share = (count + 1) / (total + 2)
    return share * (1 - share) / np.maximum(total, 1)


def _enough(
    users: ArrayLike, converted: ArrayLike, other_users: ArrayLike, other_converted: ArrayLike
) -> NDArray[np.bool_]:
    total = np.maximum(np.add(users, other_users), 1)
    share = np.add(converted, other_converted) / total
    return cast("NDArray[np.bool_]", np.minimum(users, other_users) * share * (1 - share) >= FEWEST)
