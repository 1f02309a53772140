"""bench-narration: what the transcriber hears in the finished MP4 against the script; captions, loudness, length."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks.command import flywheel
from benchmarks.report import Figure, at_most, plain, publish, within
from infra.settings import settings
from tasks.witness import certificate_of

FILMS = {"en": "How honeybees find flowers", "zh": "一杯茶的旅程：从云南山上到杯子里"}
UNITS = {"en": "word", "zh": "character"}


def judge(language: str, folder: Path, seconds: float) -> list[Figure]:
    proof = certificate_of(folder / "film.mp4", folder / "manifest.json", settings().transcribe)
    exact, heard = proof.exact, proof.measured.hearing
    if heard.error_rate is None:
        sys.exit(f"Nothing can be compared: {heard.reason} ({heard.transcriber}).")
    for segment in heard.segments:
        print(f"[{language}] script: {segment.caption}\n[{language}] heard:  {segment.text}")
    length = exact.pictures.duration_ms / 1000 / seconds * 100
    astray = abs(exact.pictures.decoded - exact.promised.frames)
    return [
        plain(f"{language}: {UNITS[language]} error of the narration in the MP4", heard.error_rate * 100, "%"),
        plain(f"{language}: caption against voice, median", heard.lit.median_ms or 0.0, "ms"),
        plain(f"{language}: caption against voice, largest", heard.lit.largest_ms or 0.0, "ms"),
        plain(f"{language}: words compared", heard.lit.matched, "words"),
        within(f"{language}: loudness", exact.sound.loudness_lufs, "LUFS", -14.2, -13.8),
        at_most(f"{language}: true peak", exact.sound.true_peak_dbtp, "dBTP", -1),
        within(f"{language}: length against the brief", length, "%", 90, 110),
        at_most(f"{language}: frames missing or too many", astray, "frames", 0),
    ]


def main() -> None:
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="flywheel-bench-") as scratch:
        for language, topic in FILMS.items():
            folder = Path(given.get(language, f"{scratch}/{language}"))
            if language not in given:
                flywheel("create", topic, "--seconds", "30", "--out", str(folder), home=Path(scratch) / "home")
            figures += judge(language, folder, 30)
    publish("narration", figures)


if __name__ == "__main__":
    main()
