"""bench-replay: the same brief again is all hits; one edited caption re-makes its voice, its shots and the master."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.command import Ran, flywheel
from benchmarks.report import Figure, at_most, plain, publish

TOPIC = "How honeybees find flowers"


def made(ran: Ran) -> list[str]:
    return [f"{e['step']} {e['label']}".strip() for e in ran.events if e["kind"] == "step.done" and not e["reused"]]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        home, film = Path(folder) / "home", f"{folder}/film"
        create = ("create", TOPIC, "--seconds", "30", "--out", film)
        full = flywheel(*create, home=home)
        again = flywheel(*create, home=home)
        edited = flywheel(
            "edit",
            film,
            "--caption",
            "3=A bee remembers the colour of every flower it has met.",
            "--out",
            f"{folder}/e",
            home=home,
        )
    print("made again by the same brief:", made(again) or "nothing")
    print("made again by one caption:", ", ".join(made(edited)))
    figures: list[Figure] = [
        plain("full film", full.seconds, "s"),
        plain("full film", full.cpu_seconds, "CPU s"),
        at_most("steps made by the same brief again", len(made(again)), "steps", 0),
        plain("same brief again", again.seconds, "s"),
        plain("same brief again", again.cpu_seconds, "CPU s"),
        plain("steps made by one edited caption", len(made(edited)), "steps"),
        plain("one edited caption", edited.seconds, "s"),
        plain("one edited caption", edited.cpu_seconds, "CPU s"),
        plain("CPU of one edited caption against the full film", edited.cpu_seconds / full.cpu_seconds, "ratio"),
    ]
    publish("replay", figures)


if __name__ == "__main__":
    main()
