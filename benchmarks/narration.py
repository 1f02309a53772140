"""bench-narration: what the transcriber hears in the finished MP4 against the script; captions, loudness, length."""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import av

from benchmarks.command import flywheel
from benchmarks.report import Figure, at_most, plain, publish, within
from infra.engines import engine
from infra.engines.transcribe import chinese, english
from infra.engines.transcribe.errors import error_rate
from infra.media import loudness
from infra.media.listen import sound_of
from infra.settings import settings

FILMS = {"en": "How honeybees find flowers", "zh": "一杯茶的旅程：从云南山上到杯子里"}


def plain_tokens(text: str, language: str) -> list[str]:
    """Words or characters as they are compared."""
    return (english if language == "en" else chinese).units(text)


def frames_in(film: Path) -> int:
    with av.open(str(film)) as container:
        return sum(1 for _ in container.decode(video=0))


def caption_errors_ms(film: dict[str, Any], heard: Any, language: str) -> list[float]:
    """How far each caption's first matched word is shown from where the transcriber hears it."""
    line, errors = film["timeline"], []
    said = [(plain_tokens(word.text, language), word.start_s) for word in heard.words]
    tokens = [(token, start) for words, start in said for token in words[:1]]
    beat = 0
    for shot in line["shots"]:
        cut_s = int(beat * 60 * line["fps"] / line["bpm"] + 0.5) / line["fps"]
        beat += shot["beats"]
        start = cut_s + shot["lead_ms"] / 1000
        shown = [(plain_tokens(w["text"], language), start + w["start_ms"] / 1000) for w in shot["clip"]["words"]]
        mine = [(words[0], at) for words, at in shown if words]
        near = [
            (token, at) for token, at in tokens if start - 1 <= at <= start + shot["clip"]["duration_ms"] / 1000 + 1
        ]
        match = SequenceMatcher(None, [t for t, _ in mine], [t for t, _ in near], autojunk=False)
        errors += [
            abs(mine[block.a + k][1] - near[block.b + k][1]) * 1000
            for block in match.get_matching_blocks() for k in range(block.size)
        ]  # fmt: skip
    return errors


def judge(language: str, folder: Path, seconds: float) -> list[Figure]:
    manifest = json.loads((folder / "manifest.json").read_text())
    film = manifest["film"]
    samples, rate = sound_of(folder / "film.mp4")
    heard = engine("transcribe", settings().transcribe).transcribe(samples.mean(axis=1), rate, language=language)
    script = (" " if language == "en" else "").join(s["caption"] for s in film["script"]["segments"])
    unit = "word" if language == "en" else "character"
    errors = caption_errors_ms(film, heard, language)
    frames = frames_in(folder / "film.mp4")
    fps = film["timeline"]["fps"]
    print(f"[{language}] script: {script}\n[{language}] heard:  {heard.text}")
    return [
        plain(
            f"{language}: {unit} error of the narration in the MP4", error_rate(script, heard.text, language) * 100, "%"
        ),
        plain(f"{language}: caption against voice, median", statistics.median(errors), "ms"),
        plain(f"{language}: caption against voice, largest", max(errors), "ms"),
        plain(f"{language}: words compared", len(errors), "words"),
        within(f"{language}: loudness", loudness.loudness(samples, rate), "LUFS", -14.2, -13.8),
        at_most(f"{language}: true peak", loudness.true_peak(samples), "dBTP", -1),
        within(f"{language}: length against the brief", frames / fps / seconds * 100, "%", 90, 110),
        at_most(f"{language}: frames missing or too many", abs(frames - total_frames(film)), "frames", 0),
    ]


def total_frames(film: dict[str, Any]) -> int:
    line = film["timeline"]
    return int(sum(shot["beats"] for shot in line["shots"]) * 60 * line["fps"] / line["bpm"] + 0.5)


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
