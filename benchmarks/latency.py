"""bench-latency: from a POST until its client has read the first events of its film.

python -m benchmarks.latency [runs=50] [seconds=30]

`flywheel up` with the real engines, warm, one worker, an idle machine: each film is cancelled once its draft timeline
has come, and the next, of another topic and in turns English and Chinese, is asked for when the worker rests. Times
are a client's: from before the request is sent until an event has been read from a stream opened after the answer.

The draft model's own time is taken afterwards, alone on the machine: the same prompts and seeds in one process with
the model loaded, from the call until the first line after the title is whole, and until the reply is. (A line is whole
when the next begins; the last one, when the reply ends.) What a film's first line and its timeline took beyond that is
the cost of everything around the model, the other engines' work beside it included.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

import httpx
import psutil

from benchmarks.process import ROOT, options, run
from benchmarks.report import Figure, at_most, plain, publish
from benchmarks.whole import Seen, Whole, read, whole

ME = "benchmarks.latency"
PATIENCE_S = 180
RESTING_S, RESTING_PERCENT = 1.0, 10
"""A worker rests when it has taken less of a core for so long."""
THINGS = {
    "en": (
        "honeybees", "volcanoes", "the tides", "lighthouses", "sourdough bread", "whales", "glaciers", "the moon",
        "paper", "bicycles", "coral reefs", "owls", "rainbows", "chess", "the Silk Road", "clocks", "mushrooms",
        "bridges", "deserts", "penguins", "windmills", "comets", "salt", "libraries", "rivers",
    ),
    "zh": (
        "蜜蜂", "火山", "潮汐", "灯塔", "豆腐", "鲸鱼", "冰川", "月亮", "造纸术", "自行车", "珊瑚礁", "猫头鹰", "彩虹",
        "围棋", "丝绸之路", "钟表", "蘑菇", "石桥", "沙漠", "企鹅", "风车", "彗星", "盐", "图书馆", "长江",
    ),
}  # fmt: skip
SHAPES = {"en": "The hidden life of {}", "zh": "{}的故事"}
WARM = {"en": "How a pencil is made", "zh": "一杯茶的旅程"}


@dataclass(frozen=True)
class Film:
    """What its client saw, in ms from before the request: the answer and each kind's first event; and its anchor."""

    language: str
    answered_ms: float
    first_ms: dict[str, float]
    anchor: dict[str, Any]
    draft_step_ms: float


@dataclass(frozen=True)
class Own:
    """The draft model's own time, in ms."""

    first_line_ms: float
    whole_ms: float


def main() -> None:
    given = options({"runs": "50", "seconds": "30"})
    seconds = float(given["seconds"])
    with whole("--workers", "1") as running, httpx.Client(base_url=running.api, timeout=60) as client:
        for language, topic in WARM.items():
            rest(running)
            film(running, client, topic, language, seconds)
        films = []
        for language, topic in topics(int(given["runs"])):
            rest(running)
            films.append(film(running, client, topic, language, seconds))
    publish("latency", figures(films, alone([film.anchor for film in films], seconds)))


def rest(running: Whole) -> None:
    """Wait until the worker has nothing to do: no engine still works on a film that was cancelled."""
    children = psutil.Process(running.process.pid).children()
    worker = next(child for child in children if "flows worker" in " ".join(child.cmdline()))
    end = time.monotonic() + PATIENCE_S
    while worker.cpu_percent(RESTING_S) > RESTING_PERCENT:
        if time.monotonic() > end:
            raise SystemExit(f"the worker does not come to rest in {PATIENCE_S} s.\n{running.said()}")


def topics(count: int) -> list[tuple[str, str]]:
    """So many different topics, in turns of each language."""
    turns = [language for _ in range(count) for language in THINGS][:count]
    return [(language, _topic(language, number // len(THINGS))) for number, language in enumerate(turns)]


def _topic(language: str, number: int) -> str:
    things = THINGS[language]
    again = number // len(things)
    return SHAPES[language].format(things[number % len(things)]) + (f" {again + 1}" if again else "")


def film(running: Whole, client: httpx.Client, topic: str, language: str, seconds: float) -> Film:
    """Ask for a film, read until its draft timeline, cancel it, and read until it has ended."""
    brief = {"topic": topic, "language": language, "seconds": seconds}
    begun = time.perf_counter()
    answer = client.post("/api/projects", json={"brief": brief, "make": True})
    answered = time.perf_counter()
    if answer.status_code != 201:
        raise SystemExit(f"{topic} was refused: {answer.text}\n{running.said()}")
    project, asked = answer.json()["id"], answer.json()["run"]
    first: dict[str, Seen] = {}
    draft_s = 0.0
    with client.stream("GET", f"/api/projects/{project}/events", timeout=PATIENCE_S) as stream:
        for event in read(stream.iter_lines()):
            first.setdefault(event.kind, event)
            if event.kind == "step.done" and event.data["step"] == "write_draft":
                draft_s = event.data["seconds"]
            if event.kind == "timeline.drafted":
                cancel(client, asked)
    missing = {"anchor.set", "segment.drafted", "timeline.drafted", "run.cancelled"} - first.keys()
    if missing:
        raise SystemExit(f"{topic}: {', '.join(sorted(missing))} did not come.\n{running.said()}")
    times = {kind: (event.at - begun) * 1000 for kind, event in first.items()}
    return Film(language, (answered - begun) * 1000, times, first["anchor.set"].data["anchor"], draft_s * 1000)


def cancel(client: httpx.Client, name: str) -> None:
    client.post(f"/api/runs/{name}/cancel").raise_for_status()


def alone(anchors: list[dict[str, Any]], seconds: float) -> list[Own]:
    """The draft model's own times for the prompts of these films, in a process of its own."""
    told = json.dumps(anchors)
    command = [sys.executable, "-m", ME, "drafted", f"{seconds:g}"]
    ran = subprocess.run(command, input=told, stdout=subprocess.PIPE, cwd=ROOT, check=False, text=True)
    if ran.returncode:
        raise SystemExit("the draft model alone failed; the lines above say why.")
    return [Own(*times) for times in json.loads(ran.stdout)]


def drafted(seconds: str) -> list[tuple[float, float]]:
    """For each anchor on standard input, the milliseconds to the first whole line and to the whole draft."""
    from infra.engines import engine
    from infra.settings import settings
    from tasks.schema import Anchor

    model = engine("text", settings().draft)
    anchors = [Anchor.model_validate(anchor) for anchor in json.load(sys.stdin)]
    for anchor in anchors[:2]:  # each language once, as the worker has had it
        _drafted(model, anchor, float(seconds))
    return [_drafted(model, anchor, float(seconds)) for anchor in anchors]


def _drafted(model: Any, anchor: Any, seconds: float) -> tuple[float, float]:
    from tasks import script
    from tasks.screenplay import planned, writer

    written, first, begun = "", 0.0, time.perf_counter()

    def hear(piece: str) -> None:
        nonlocal written, first
        written += piece
        if not first and written.lstrip().count("\n") >= 2:
            first = time.perf_counter()

    script.draft(writer(anchor), planned(anchor, seconds), model, hear)
    ended = time.perf_counter()
    return ((first or ended) - begun) * 1000, (ended - begun) * 1000


def figures(films: list[Film], own: list[Own]) -> list[Figure]:
    kinds = {
        kind: [film.first_ms[kind] for film in films] for kind in ("anchor.set", "segment.drafted", "timeline.drafted")
    }
    beyond_line = [all_ - o.first_line_ms for all_, o in zip(kinds["segment.drafted"], own, strict=True)]
    beyond_draft = [all_ - o.whole_ms for all_, o in zip(kinds["timeline.drafted"], own, strict=True)]
    return [
        plain("films asked for", len(films), "films"),
        *spread("POST to its answer", [film.answered_ms for film in films]),
        *spread("POST to anchor.set", kinds["anchor.set"], 500),
        *spread("POST to first segment.drafted, less the model's own time to its first line", beyond_line, 300),
        *spread("POST to timeline.drafted, less the model's own time for the whole draft", beyond_draft, 1000),
        *spread("POST to first segment.drafted", kinds["segment.drafted"]),
        *spread("POST to timeline.drafted", kinds["timeline.drafted"]),
        *spread("draft model alone, to its first line", [o.first_line_ms for o in own]),
        *spread("draft model alone, whole draft", [o.whole_ms for o in own]),
        *spread("draft step within the film", [film.draft_step_ms for film in films]),
    ]


def spread(name: str, times_ms: list[float], goal_ms: float | None = None) -> list[Figure]:
    """Median, nine tenths, largest; the goal is the median's."""
    ordered = sorted(times_ms)
    p90 = ordered[min(len(ordered) - 1, round(0.9 * (len(ordered) - 1)))]
    median = statistics.median(ordered)
    first = (
        plain(f"{name}: median", median, "ms") if goal_ms is None else at_most(f"{name}: median", median, "ms", goal_ms)
    )
    return [first, plain(f"{name}: p90", p90, "ms"), plain(f"{name}: max", ordered[-1], "ms")]


if __name__ == "__main__":
    run(main, {"drafted": drafted})
