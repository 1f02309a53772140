"""Records the golden log that both reducers are tested with: `python -m tests.api.studio.golden` from the root.

A film of sketches is made, edited, broken by a picture that is not there, mended, and cancelled, all through the API.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from api.snapshot import NOT_SHOWN, Snapshot, reduce
from infra.eventlog import Logged
from tests.whole import Whole, whole

GOLDEN = Path(__file__).parents[3] / "api/studio/tests/golden/events.json"
BRIEF = {"topic": "How honeybees find flowers", "seconds": 10, "height": 480, "fps": 24, "language": "en"}
NOWHERE = {"asset": {"sha256": "0" * 64, "media_type": "image/png", "size_bytes": 1}}
WAIT_S = 240


def record() -> None:
    """Make the films and write the file."""
    with tempfile.TemporaryDirectory() as folder, whole(Path(folder), "--engine", "sketch") as running:
        project = _lived(running)
        events = list(_events(running.home, project))
    head = ",\n".join(json.dumps(event, ensure_ascii=False, separators=(",", ":")) for event in events)
    state = json.dumps(reduced(events), ensure_ascii=False, separators=(",", ":"))
    GOLDEN.parent.mkdir(parents=True, exist_ok=True)
    GOLDEN.write_text(f'{{"events":[\n{head}\n],\n"snapshot":{state}}}\n', "utf-8")
    sys.stdout.write(f"{len(events)} events, {GOLDEN.stat().st_size:,} bytes in {GOLDEN}\n")


def reduced(events: list[dict[str, Any]]) -> dict[str, Any]:
    """What the events come to, as clients get it."""
    state = Snapshot()
    for event in events:
        state = reduce(state, Logged("p", event["seq"], event["kind"], json.dumps(event["data"]), event["run"], 0.0))
    return state.model_dump(mode="json")


def _lived(running: Whole) -> str:
    """The life of a project; its id."""
    with httpx.Client(base_url=running.api, timeout=30) as client:
        made = client.post("/api/projects", json={"brief": BRIEF, "make": True}).raise_for_status().json()
        project = made["id"]
        _ends(client, made["run"], "done")
        added = {"s201": {"caption": "They rest at night."}}
        edits = {"captions": {"s2": "Bees dance to show the way."}, "redo": {"s1": 1}, "added": added}
        _ends(client, _changed(client, project, {**edits, "order": ["s1", "s201", "s2"]}), "done")
        _ends(client, _changed(client, project, {"media": {"s1": NOWHERE}}), "failed")
        run = _changed(client, project, {"media": None, "visuals": {"s1": "a bee on a red poppy"}})
        while client.get(f"/api/projects/{project}").json()["snapshot"]["progress"] is None:
            time.sleep(0.05)
        client.post(f"/api/runs/{run}/cancel").raise_for_status()
        _ends(client, run, "cancelled")
        return str(project)


def _changed(client: httpx.Client, project: str, edits: dict[str, Any]) -> str:
    """Change *project* and begin its film; the run."""
    tag = client.get(f"/api/projects/{project}").headers["ETag"]
    client.patch(f"/api/projects/{project}", json={"edits": edits}, headers={"If-Match": tag}).raise_for_status()
    return str(client.post(f"/api/projects/{project}/runs").raise_for_status().json()["id"])


def _ends(client: httpx.Client, run: str, state: str) -> None:
    end = time.monotonic() + WAIT_S
    while (now := client.get(f"/api/runs/{run}").json())["state"] not in {"done", "failed", "cancelled"}:
        assert time.monotonic() < end, now
        time.sleep(0.2)
    assert now["state"] == state, now


def _events(home: Path, project: str) -> Iterator[dict[str, Any]]:
    """The project's log without times, ids and places of its own, and with one of each kind that no state shows."""
    with contextlib.closing(sqlite3.connect(home / "flywheel.db")) as db:
        rows = db.execute("SELECT kind, data, run FROM events WHERE stream = ? ORDER BY seq", [project]).fetchall()
    runs = {run: f"r_{number}" for number, run in enumerate(dict.fromkeys(run for _, _, run in rows), 1)}
    passed, seq = set(), 0
    for kind, text, run in rows:
        if kind in NOT_SHOWN and kind in passed:
            continue
        passed.add(kind)
        seq += 1
        data = json.loads(text.replace(str(home), "/home"))
        named = {"run": runs[run]} if "run" in data else {}
        worker = {"worker": "w_1"} if "worker" in data else {}
        yield {"seq": seq, "kind": kind, "run": runs[run], "data": {**data, **named, **worker}}


if __name__ == "__main__":
    record()
