"""The golden log comes to its golden state here as it does in the browser (api/studio/tests)."""

import json

import pytest

from api.state import Snapshot
from tests.api.studio.golden import GOLDEN, reduced


@pytest.fixture(scope="module")
def golden():
    return json.loads(GOLDEN.read_text("utf-8"))


def test_the_events_come_to_the_state(golden):
    assert reduced(golden["events"]) == golden["snapshot"]
    Snapshot.model_validate(golden["snapshot"])


def test_all_that_a_film_meets_is_in_it(golden):
    kinds = {event["kind"] for event in golden["events"]}
    assert kinds >= {
        "segment.drafted", "segment.writing", "segment.refined", "frame.drafted", "frame.drawn", "clip.spoken",
        "timeline.drafted", "timeline.laid", "cues.drawn", "bed.composed", "shot.rendered", "film.mastered",
        "step.failed", "run.done", "run.failed", "run.cancelled",
    }  # fmt: skip
    assert [run["state"] for run in golden["snapshot"]["runs"]] == ["done", "done", "failed", "cancelled"]
    assert all(segment["cues"]["sheet"] for segment in golden["snapshot"]["segments"] if segment["cues"])
    assert [event["seq"] for event in golden["events"]] == list(range(1, len(golden["events"]) + 1))
