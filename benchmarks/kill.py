"""bench-kill: films are made to the end while the API and the workers are killed (-9) at random.

python -m benchmarks.kill [films=20] [workers=2] [seed=1] [from_s=5] [to_s=10]

`flywheel up` with sketch engines. Each film is asked for over HTTP (again, under its idempotency key, where the API
was killed meanwhile) and followed over its event stream (again, after the last event it had, where it was cut).
Afterwards what every follower has read is compared with the log from its beginning. A step that was computed to its
end is counted by the process that computed it; more of them than there are keys have been computed twice.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise

import httpx
import psutil

from benchmarks.process import options
from benchmarks.report import Figure, at_most, plain, publish
from benchmarks.whole import Seen, Whole, read, whole

PATIENCE_S = 1800
AGAIN_S = 0.2
ENDS = {"run.done", "run.failed", "run.cancelled"}
OF_A_SHOT = ("frame.drawn", "clip.spoken", "shot.rendered")
VICTIMS = {"api": "tethered api.serve", "worker": "tethered flows worker"}
COUNTED = re.compile(r'^flywheel_steps_total\{reused="false",step="(\w+)"\} (\S+)$', re.MULTILINE)


@dataclass
class Followed:
    """A film and what its follower has read; *cuts* is how often it had to come back."""

    project: str
    seen: list[Seen] = field(default_factory=list)
    cuts: int = 0


def main() -> None:
    given = options({"films": "20", "workers": "2", "seed": "1", "from_s": "5", "to_s": "10"})
    chance = random.Random(int(given["seed"]))
    with whole("--engine", "sketch", "--workers", given["workers"]) as running:
        begun, over = time.monotonic(), threading.Event()
        kills: Counter[str] = Counter()
        pauses = (float(given["from_s"]), float(given["to_s"]))
        killer = threading.Thread(target=killing, args=(running, chance, pauses, over, kills))
        killer.start()
        count = int(given["films"])
        try:
            with ThreadPoolExecutor(count) as pool:
                films = list(pool.map(lambda number: made(running, number), range(count)))
        finally:
            over.set()
            killer.join()
        seconds = time.monotonic() - begun
        answers(running)
        publish("kill", figures(running, films, kills, seconds))


def killing(
    running: Whole, chance: random.Random, pauses: tuple[float, float], over: threading.Event, kills: Counter[str]
) -> None:
    """Kill the API or a worker every few seconds until it is *over*."""
    while not over.wait(chance.uniform(*pauses)):
        kind = chance.choice(sorted(VICTIMS))
        victims = [child for child in psutil.Process(running.process.pid).children() if _is(child, VICTIMS[kind])]
        if victims:
            chance.choice(sorted(victims, key=lambda child: child.pid)).kill()
            kills[kind] += 1


def _is(child: psutil.Process, words: str) -> bool:
    try:
        return words in " ".join(child.cmdline())
    except psutil.Error:
        return False


def made(running: Whole, number: int) -> Followed:
    """Ask for a film and follow it to its end."""
    film = Followed(asked(running, number))
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            if followed(running, film):
                return film
        except httpx.HTTPError:
            pass
        film.cuts += 1
        time.sleep(AGAIN_S)
    raise SystemExit(f"film {number} has not ended in {PATIENCE_S} s:\n{running.said()}")


def asked(running: Whole, number: int) -> str:
    """The project of film *number*; asked again with the same key until there is an answer."""
    brief = {"topic": f"How honeybees find flower number {number}", "seconds": 5, "height": 480, "seed": number}
    headers = {"Idempotency-Key": f"kill-{number}"}
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            answer = httpx.post(
                f"{running.api}/api/projects", json={"brief": brief, "make": True}, headers=headers, timeout=30
            )
            if answer.status_code == 201:
                return str(answer.json()["id"])
            if answer.status_code < 500 and answer.status_code not in {409, 429}:
                raise SystemExit(f"film {number} was refused: {answer.text}")
        except httpx.HTTPError:
            pass
        time.sleep(AGAIN_S)
    raise SystemExit(f"film {number} was not taken in {PATIENCE_S} s:\n{running.said()}")


def followed(running: Whole, film: Followed) -> bool:
    """Read on after the last event; True once the stream says that it is over."""
    headers = {"Last-Event-ID": str(film.seen[-1].seq)} if film.seen else {}
    address = f"{running.api}/api/projects/{film.project}/events"
    with httpx.stream("GET", address, headers=headers, timeout=httpx.Timeout(30)) as answer:
        if answer.status_code == 204:
            return True
        answer.raise_for_status()
        for event in read(answer.iter_lines()):
            if event.kind == "end":
                return True
            film.seen.append(event)
    return False


def answers(running: Whole) -> None:
    """Wait until the API answers after its last death."""
    while True:
        try:
            httpx.get(f"{running.api}/healthz", timeout=5).raise_for_status()
        except httpx.HTTPError:
            time.sleep(AGAIN_S)
        else:
            return


def logged(running: Whole, film: Followed) -> list[Seen]:
    """All events of a film from the first on, as the log has them now."""
    with httpx.stream("GET", f"{running.api}/api/projects/{film.project}/events", timeout=60) as answer:
        return [event for event in read(answer.iter_lines()) if event.kind != "end"]


def figures(running: Whole, films: list[Followed], kills: Counter[str], seconds: float) -> list[Figure]:
    logs = [logged(running, film) for film in films]
    for event in (event for log in logs for event in log if event.kind == "run.failed"):
        print(f"a film failed: {event.data}")
    ends = [Counter(event.kind for event in log if event.kind in ENDS) for log in logs]
    lost, doubled = compared(films, logs)
    gaps = sum([event.seq for event in log] != list(range(1, len(log) + 1)) for log in logs)
    finished = computations(running)
    keys = Counter(step for step, _ in {(e.data["step"], e.data["key"]) for log in logs for e in log if _done(e)})
    twice = sum(max(0, round(count) - keys[step]) for step, count in finished.items())
    listed = len(httpx.get(f"{running.api}/api/projects", params={"limit": 100}, timeout=60).json()["projects"])
    count, done = len(films), [end["run.done"] for end in ends]
    return [
        Figure("films finished", sum(done), "films", f"= {count}", done == [1] * count),
        Figure("projects", listed, "projects", f"= {count}", listed == count),
        at_most("runs without exactly one end", sum(end.total() != 1 for end in ends), "runs", 0),
        at_most("events that a follower lost", lost, "events", 0),
        at_most("events that a follower had twice or otherwise", doubled, "events", 0),
        at_most("logs with a gap in their numbers", gaps, "logs", 0),
        at_most("pictures, voices and shots of which a log does not tell", sum(map(untold, logs)), "events", 0),
        at_most("steps computed to the end beyond one for each key", twice, "steps", 0),
        plain("steps computed to the end", sum(finished.values()), "steps"),
        plain("step keys", len({key for log in logs for key in (e.data["key"] for e in log if _done(e))}), "keys"),
        plain("events", sum(map(len, logs)), "events"),
        plain("API killed", kills["api"], "times"),
        plain("workers killed", kills["worker"], "times"),
        plain("streams cut and taken up again", sum(film.cuts for film in films), "times"),
        plain("from the first request to the last end", seconds, "s"),
    ]  # fmt: skip


def _done(event: Seen) -> bool:
    return event.kind == "step.done"


def untold(log: list[Seen]) -> int:
    """How many shots of a film lack the news of their picture, their voice or their file."""
    laid = next((event.data["timeline"] for event in log if event.kind == "timeline.laid"), None)
    if laid is None:
        return 1
    told = Counter((event.kind, event.data["segment"]) for event in log if event.kind in OF_A_SHOT)
    return sum(told[kind, shot["segment"]] != 1 for kind in OF_A_SHOT for shot in laid["shots"])


def compared(films: list[Followed], logs: list[list[Seen]]) -> tuple[int, int]:
    """How many events followers lack, and how many they had twice, out of order or with other data."""
    lost = doubled = 0
    for film, log in zip(films, logs, strict=True):
        had = [(event.seq, event.kind, event.data) for event in film.seen]
        numbers = [seq for seq, _, _ in had]
        known = {event.seq: (event.seq, event.kind, event.data) for event in log}
        last = max(numbers, default=0)
        lost += len({seq for seq in known if seq <= last} - set(numbers))
        doubled += sum(known.get(event[0]) != event for event in had)
        doubled += sum(later <= earlier for earlier, later in pairwise(numbers))
        if not any(event.kind in ENDS for event in film.seen):
            lost += 1
    return lost, doubled


def computations(running: Whole) -> dict[str, float]:
    """How many steps of each name were computed to their end, by all processes that there were."""
    told = httpx.get(f"{running.api}/metrics", timeout=60).text
    return {step: float(count) for step, count in COUNTED.findall(told)}


if __name__ == "__main__":
    main()
