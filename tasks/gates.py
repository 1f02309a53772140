"""The gates: where a film waits for a human, who approves what was made so far or changes it.

The flow run is suspended, so it holds no worker while it waits; once it is resumed it runs again from its start, where
every step that was done comes from the cache.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prefect.exceptions import Pause
from prefect.flow_runs import asuspend_flow_run
from prefect.input import RunInput
from prefect.runtime import deployment

from infra import events
from infra.errors import BadInput, Interrupted
from infra.settings import settings
from tasks.schema import Edits, Gate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tasks.schema import Segment


class Review(RunInput):
    """What a human says at a gate."""

    approve: bool = True
    edits: Edits = Edits()


def demand_reviewer(gate: Gate) -> None:
    """Refuse a gate that nobody could open.

    Raises:
        BadInput: the run belongs to no deployment, so nothing would run it again once it is approved.
    """
    if deployment.get_id() is None:
        raise BadInput(
            f"Nobody can approve the {gate} of a film that is made here and now.",
            "Leave `approve` out, or make the film through the API (run: flywheel up).",
        )


async def approved(gate: Gate, segments: Sequence[Segment], edits: Edits) -> Edits:
    """*edits* with what a human changed at *gate*; the flow run is suspended until then.

    Raises:
        Pause: the run is suspended; whoever resumes it has it run again, and then this returns.
        Interrupted: the human did not approve.
    """
    hours = settings().approve_hours
    form = Review.with_initial_data(
        description=f"Approve the {gate}, or change it: {len(segments)} segments. You have {hours:g} hours.",
        edits=edits,
    )
    try:
        review = await asuspend_flow_run(wait_for_input=form, timeout=round(hours * 3600), key=gate)
    except Pause as pause:
        events.emit("run.waiting", gate=gate, until=_until(pause), segments=tuple(segments))
        raise
    events.emit("run.resumed", gate=gate)
    if not review.approve:
        raise Interrupted(f"The {gate} was not approved.", "Change the brief or the edits, then make the film again.")
    return edits.joined(review.edits)


def _until(pause: Pause) -> float | None:
    """When a suspended run can no longer be resumed, as epoch seconds."""
    details = pause.state.state_details if pause.state else None
    return details.pause_timeout.timestamp() if details and details.pause_timeout else None
