"""The studio's core/timeline.js has the same numbers: `python -m tests.tasks.test_golden_timeline` writes them."""

import json
from itertools import product
from pathlib import Path
from types import SimpleNamespace

from tasks.beats import BeatPlan, Need, _Grid, _Shot
from tasks.schema import Timeline
from tasks.timeline import BREATH_MS, CLOSING_MS, _coming_in, canvas, lead_ms, motion_of

GOLDEN = Path(__file__).parents[2] / "api/studio/tests/golden/timeline.json"
TEMPI = (40, 57.3, 60, 72, 85.71428571428571, 90, 97.3, 112.5, 120, 131.7, 180, 220)
RATES = (24, 25, 30, 60)
BEATS = (3, 1, 7, 12, 2, 5)
NARRATIONS = (0, 840, 2333.5, 4800, 12_345.6)


def measured():
    """All that is compared, of Python's own functions."""
    return {
        "cuts": [
            {"bpm": bpm, "fps": fps, "beats": BEATS, "cuts": [time_of(bpm, fps).cut(k) for k in range(len(BEATS) + 1)]}
            for bpm, fps in product(TEMPI, RATES)
        ],
        "coming": [
            {"bpm": bpm, "fps": fps, "index": k, "wanted": wanted, **_coming_in(k, wanted, plan(bpm), fps)}
            for bpm, fps, k, wanted in product(TEMPI, RATES, range(3), ("cut", "crossfade", "dip", "wipe"))
        ],
        "least": [
            {"bpm": bpm, "fps": fps, "index": k, "last": last, "ms": ms, "beats": least(bpm, fps, k, last, ms)}
            for bpm, fps, (k, last), ms in product(TEMPI, RATES, ((0, False), (1, False), (4, True)), NARRATIONS)
        ],
        "canvas": [[a, h, *canvas(a, h)] for a, h in product(("16:9", "9:16", "1:1"), (480, 540, 720, 1080, 1440))],
        "lead": [lead_ms(k) for k in range(3)],
        "motion": [[f"s{n}", seed, motion(n, seed)] for n, seed in product(range(1, 12), (0, 1, 5, 2**31 - 1))],
    }


def time_of(bpm, fps):
    return Timeline.model_construct(bpm=bpm, fps=fps, shots=tuple(SimpleNamespace(beats=n) for n in BEATS))


def plan(bpm):
    return BeatPlan(bpm, BEATS, (1.0,) * len(BEATS), 0, 0)


def least(bpm, fps, index, last, narration_ms):
    silence = lead_ms(index) + (CLOSING_MS if last else BREATH_MS)
    return _Shot(Need(narration_ms, silence), _Grid(bpm, fps, 0), last).least


def motion(number, seed):
    return motion_of(SimpleNamespace(id=f"s{number}"), SimpleNamespace(footage=None), seed)


def test_the_film_s_time_is_the_golden_one():
    assert json.loads(json.dumps(measured())) == json.loads(GOLDEN.read_text())


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(measured(), separators=(",", ":")) + "\n")
