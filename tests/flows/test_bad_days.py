"""What a film's maker meets on bad days: a silent voice, words that no face can show, a killed process."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from flows.create import create
from infra.engines import Speech
from infra.engines.speech import sketch as speech
from infra.engines.text import sketch as text
from infra.errors import BadInput, EngineFailed
from tasks.schema import Brief, Edits

HIEROGLYPH = "\U00013000"


@pytest.mark.usefixtures("prefect_server")
async def test_a_silent_voice_ends_the_film_with_its_words(monkeypatch):
    silent = Speech(np.zeros(24_000, np.float32), 24_000, ())
    monkeypatch.setattr(speech.Sketch, "speak", lambda *_, **__: silent)
    with pytest.raises(EngineFailed, match=r"The voice \w+ said nothing for “.+”\. Change the words or the voice\."):
        await create(Brief(topic="How silence falls", seconds=5, height=480, fps=24))


@pytest.mark.usefixtures("prefect_server")
async def test_a_written_caption_that_no_face_can_show_ends_the_film(monkeypatch):
    write = text.Sketch.complete

    def foreign(self, messages, **options):
        return write(self, messages, **options).replace("Sketch", f"Sk{HIEROGLYPH}tch")

    monkeypatch.setattr(text.Sketch, "complete", foreign)
    with pytest.raises(BadInput, match=r"No face can draw .*U\+13000.* of the caption"):
        await create(Brief(topic="How signs are read", seconds=5, height=480, fps=24))


async def test_a_caption_that_no_face_can_show_does_no_harm_where_its_shot_is_taken_out(monkeypatch):
    write = text.Sketch.complete

    def foreign(self, messages, **options):
        return write(self, messages, **options).replace("Sketch", f"Sk{HIEROGLYPH}tch")

    monkeypatch.setattr(text.Sketch, "complete", foreign)
    brief = Brief(topic="How signs are lost", seconds=10, height=480, fps=24)
    film = await create(brief, Edits(order=("s2",), captions={"s2": "Signs are lost."}))
    assert [shot.segment for shot in film.timeline.shots] == ["s2"]


def test_a_killed_film_goes_on_from_its_last_whole_shot(tmp_path):
    """Nobody can tidy up after SIGKILL: what was finished is used again, and no half file is taken for a whole one."""
    words = ("create", "How rivers end", "--engine", "sketch", "--seconds", "20", "--height", "480",
             "--fps", "24", "--out", str(tmp_path / "film"), "--json")  # fmt: skip
    options = {
        "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True,
        "env": {**os.environ, "FLYWHEEL_HOME": str(tmp_path / "home"), "PREFECT_HOME": str(tmp_path / "prefect"),
                "PREFECT_RESULTS_LOCAL_STORAGE_PATH": str(tmp_path / "home" / "results")},
    }  # fmt: skip
    process = subprocess.Popen([sys.executable, "-m", "flows", *words], start_new_session=True, **options)
    assert process.stdout is not None
    whole: list[dict] = []
    for line in process.stdout:
        event = json.loads(line)
        whole += [event] if event["kind"] == "step.done" and event["step"] == "shoot" else []
        if len(whole) >= 2 and event["kind"] == "frame.rendered":
            os.killpg(process.pid, signal.SIGKILL)
            break
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "film" / "film.mp4").exists()
    store = tmp_path / "home" / "store"
    kept = {path: path.stat().st_mtime_ns for path in store.glob("??/*")}

    again = subprocess.run([sys.executable, "-m", "flows", *words], check=False, timeout=300, **options)
    assert again.returncode == 0, again.stderr
    done = [e for e in map(json.loads, again.stdout.splitlines()) if e["kind"] == "step.done"]
    shots = {e["label"]: e["reused"] for e in done if e["step"] == "shoot"}
    assert {e["label"] for e in whole} <= {label for label, reused in shots.items() if reused}
    assert not all(shots.values())
    assert all(e["reused"] for e in done if e["step"] in {"set_anchor", "refine_segment", "speak", "draw_frame"})
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert {path.name for path in (tmp_path / "film").iterdir()} >= {"film.mp4", "certificate.json"}
