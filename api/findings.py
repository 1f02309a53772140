"""What an experiment shows: rates, differences that may be looked at at any time, and whether there is a winner."""

from __future__ import annotations

from pydantic import BaseModel, Field

from infra import sequential
from infra.sequential import ALPHA, MISMATCHED, Arm


class Difference(BaseModel):
    """A variant's rate less the control's, in an interval that holds at every look."""

    estimate: float
    low: float
    high: float
    p_value: float = Field(description="Against no difference; always valid: it may be looked at after every user.")


class ArmFindings(BaseModel):
    """What one variant came to."""

    name: str
    weight: float
    users: int
    converted: int
    rate: float | None = Field(description="Share of its users; null while it has none.")
    against_control: Difference | None = Field(description="Null for the control itself, which is the first.")


class Findings(BaseModel):
    """The results for one metric."""

    metric: str
    variants: list[ArmFindings]
    alpha: float = Field(description="The chance of a false alarm, over all variants and all looks together.")
    mismatch_p_value: float = Field(description="Against users that fall to the variants as the weights say.")
    trustworthy: bool = Field(description="Whether they do; else something loses users, and no rate means much.")
    winner: str | None = Field(description="The variant to keep; null while nothing is certain.")
    verdict: str = Field(description="The same in a sentence.")


def findings(metric: str, names: list[str], weights: list[float], arms: tuple[Arm, ...]) -> Findings:
    """The results of variants, the first of which is the control; alpha is shared among the comparisons."""
    alpha = ALPHA / (len(arms) - 1)
    differences = [None, *(_difference(arms[0], arm, alpha) for arm in arms[1:])]
    variants = [
        ArmFindings(
            name=name, weight=weight, users=arm.users, converted=arm.converted, rate=arm.rate, against_control=against
        )
        for name, weight, arm, against in zip(names, weights, arms, differences, strict=True)
    ]
    mismatch = float(sequential.mismatch([arm.users for arm in arms], weights))
    trustworthy = mismatch >= MISMATCHED
    winner = _winner(variants) if trustworthy else None
    return Findings(
        metric=metric,
        variants=variants,
        alpha=ALPHA,
        mismatch_p_value=mismatch,
        trustworthy=trustworthy,
        winner=winner,
        verdict=_verdict(variants, winner, trustworthy=trustworthy),
    )


def _difference(control: Arm, variant: Arm, alpha: float) -> Difference:
    found = sequential.difference(control, variant, alpha)
    p_value = min(1.0, found.p_value * ALPHA / alpha)
    return Difference(estimate=found.estimate, low=found.low, high=found.high, p_value=p_value)


def _winner(variants: list[ArmFindings]) -> str | None:
    """The best of those that are surely better than the control; the control where all others are surely worse."""
    control, *others = variants
    compared = [(variant, variant.against_control) for variant in others if variant.against_control]
    better = [variant for variant, against in compared if against.low > 0]
    if better:
        return max(better, key=lambda variant: variant.rate or 0).name
    return control.name if all(against.high < 0 for _, against in compared) else None


def _verdict(variants: list[ArmFindings], winner: str | None, *, trustworthy: bool) -> str:
    control = variants[0].name
    if not trustworthy:
        return (
            "Users did not fall to the variants as the weights say: find out where some are lost before you believe "
            "any rate."
        )
    if winner is None:
        return "Nothing is certain yet. You may look as often as you like; more users will tell."
    if winner == control:
        return f"Keep {control}: every other variant does worse."
    return f"Keep {winner}: it does better than {control}."
