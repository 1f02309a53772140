"""Experiments may be looked at after every user: simulated, the false alarms stay few and real effects are found."""

from __future__ import annotations

import numpy as np
import pytest

from infra import sequential
from infra.sequential import Arm, difference, half_width, mismatch, p_value

EXPERIMENTS, USERS = 1000, 2000


def looks(control: float, variant: float, share: float, seed: int = 1):
    """The counts of many experiments after each user; (experiments, users) each."""
    dice = np.random.default_rng(seed)
    varied = dice.random((EXPERIMENTS, USERS)) < share
    did = dice.random((EXPERIMENTS, USERS)) < np.where(varied, variant, control)
    others = varied.cumsum(1)
    return np.arange(1, USERS + 1) - others, (did & ~varied).cumsum(1), others, (did & varied).cumsum(1)


@pytest.mark.parametrize("share", [0.5, 0.8, 0.1])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.5, 0.9])
def test_peeking_after_every_user_alarms_falsely_in_one_of_twenty_at_most(rate, share):
    alarms = (p_value(*looks(rate, rate, share)) < 0.05).any(1)
    assert alarms.mean() <= 0.05


def test_a_fixed_test_that_is_peeked_at_would_not_do():
    users, did, others, others_did = looks(0.5, 0.5, 0.5)
    pooled = (did + others_did) / (users + others)
    spread = np.sqrt(np.maximum(pooled * (1 - pooled), 1e-9) * (1 / np.maximum(users, 1) + 1 / np.maximum(others, 1)))
    apart = abs(others_did / np.maximum(others, 1) - did / np.maximum(users, 1)) / spread
    assert (apart[:, 100:] > 1.96).any(1).mean() > 0.25


@pytest.mark.parametrize(("control", "variant"), [(0.5, 0.5), (0.3, 0.4), (0.9, 0.8)])
def test_the_interval_holds_the_truth_at_every_look(control, variant):
    users, did, others, others_did = looks(control, variant, 0.5)
    apart = others_did / np.maximum(others, 1) - did / np.maximum(users, 1)
    missed = abs(apart - (variant - control)) > half_width(users, did, others, others_did)
    assert missed.any(1).mean() <= 0.05


@pytest.mark.parametrize(
    ("control", "variant", "found", "median"), [(0.3, 0.4, 0.95, 800), (0.8, 0.9, 0.99, 500), (0.3, 0.5, 0.99, 250)]
)
def test_real_effects_are_found(control, variant, found, median):
    sure = p_value(*looks(control, variant, 0.5)) < 0.05
    assert sure.any(1).mean() >= found
    assert np.median(np.where(sure.any(1), sure.argmax(1), USERS)) <= median


def test_p_value_and_interval_agree():
    users, did, others, others_did = looks(0.3, 0.38, 0.5, seed=2)
    apart = others_did / np.maximum(others, 1) - did / np.maximum(users, 1)
    outside = abs(apart) > half_width(users, did, others, others_did)
    assert (outside == (p_value(users, did, others, others_did) < 0.05)).mean() == 1


def test_nothing_is_concluded_from_few_or_from_nothing():
    for few in (Arm(0, 0), Arm(10, 0), Arm(20, 20)):
        known = difference(few, Arm(20, 10))
        assert known.p_value == 1
        assert (known.low, known.high) == (-1, 1)
    assert Arm(0, 0).rate is None


def test_a_difference_has_its_sign_and_its_place():
    known = difference(Arm(1000, 300), Arm(1000, 400))
    assert known.estimate == pytest.approx(0.1)
    assert 0 < known.low < 0.1 < known.high
    back = difference(Arm(1000, 400), Arm(1000, 300))
    assert (back.low, back.high) == (pytest.approx(-known.high), pytest.approx(-known.low))
    assert difference(Arm(1000, 300), Arm(1000, 400), alpha=0.01).low < known.low


def test_lost_users_are_seen_and_chance_is_not():
    fair = np.random.default_rng(1).random((EXPERIMENTS, USERS)) < 0.25
    counts = fair.cumsum(1)
    p_values = mismatch([np.arange(1, USERS + 1) - counts, counts], [3, 1])
    assert (p_values < 0.05).any(1).mean() <= 0.05
    assert (p_values < sequential.MISMATCHED).any(1).mean() <= 0.005
    assert float(mismatch([1000, 800], [1, 1])) < sequential.MISMATCHED < float(mismatch([1000, 960], [1, 1]))
    assert float(mismatch([0, 0, 0], [1, 1, 1])) == 1
