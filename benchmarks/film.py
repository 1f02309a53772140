"""bench-film: seconds from the command to the film, warm, 30 s at 1080p, split by step."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.command import flywheel
from benchmarks.report import Figure, at_most, plain, publish

TOPIC = "How honeybees find flowers"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as folder:
        home = Path(folder) / "home"
        flywheel(
            "create",
            "warm up",
            "--engine",
            "sketch",
            "--seconds",
            "5",
            "--height",
            "480",
            "--out",
            f"{folder}/w",
            home=home,
        )
        ran = flywheel("create", TOPIC, "--seconds", "30", "--out", f"{folder}/film", home=home)
    figures: list[Figure] = [
        at_most("command to film, 30 s at 1080p30", ran.seconds, "s", 75),
        at_most("command to first drafted words", ran.first("text.streamed", stage="draft"), "s", 5),
        at_most("command to first picture", ran.first("poster.painted"), "s", 8),
        plain("command to Prefect ready", ran.first("prefect.ready"), "s"),
        plain("command to first final segment", ran.first("segment.refined"), "s"),
        plain("command to timeline", ran.first("timeline.laid"), "s"),
        plain("CPU of the whole command", ran.cpu_seconds, "CPU s"),
        plain("length of the film", ran.done["duration_s"], "s"),
    ]
    spent: dict[str, list[float]] = defaultdict(list)
    for event in ran.events:
        if event["kind"] == "step.done":
            spent[event["step"]].append(event["seconds"])
    figures += [plain(f"step {name} ×{len(times)}, longest", max(times), "s") for name, times in spent.items()]
    publish("film", figures)


if __name__ == "__main__":
    main()
