"""Looks at a finished film and listens to it: an MP4 and its manifest are all that it needs."""

from __future__ import annotations

import hashlib
import json
import re
import statistics
from typing import TYPE_CHECKING, Any

import numpy as np

from infra import pools
from infra.errors import BadInput
from infra.hashing import file_digest
from infra.media import attacks, cuts, listen, packets, probe
from infra.media.loudness import SILENCE_LUFS
from tasks.certificate import (
    Beats,
    Copy,
    Cut,
    Exact,
    File,
    Measured,
    Onset,
    Pictures,
    Promised,
    SeenCut,
    Sound,
    Starts,
    content_id,
)
from tasks.hearing import Listened, hear
from tasks.master import SILENCE_DBTP, narration_starts_s
from tasks.schema import Manifest
from tasks.verdict import judged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tasks.certificate import Certificate
    from tasks.schema import Timeline

MS_PLACES, DB_PLACES = 3, 2
RATE = 48_000
HASH = re.compile(r"\b[0-9a-f]{64}\b")


def certificate_of(film: Path, manifest: Path, transcriber: str) -> Certificate:
    """The certificate of the MP4 *film* made as *manifest* says; *transcriber* names an engine, or is `none`.

    Raises:
        BadInput: the MP4 cannot be read at all, or the manifest contradicts itself.
        ModelMissing: the transcriber's weights are not on this machine.
    """
    words = manifest.read_bytes()
    made = Manifest.model_validate_json(words)
    line = made.film.timeline
    facts, begin = probe.probe(film), probe.starts(film)
    changes = _changes(line)
    decoded = cuts.decode(film, [change.window for change in changes], on_frame=pools.checkpoint)
    sound, listened = _sound(film, begin.sound_s or 0.0)
    exact = Exact(
        promised=_promised(made, json.loads(words)),
        file=File(
            title=facts.tags.get("title", ""),
            sha256=file_digest(film),
            manifest_sha256=hashlib.sha256(words).hexdigest(),
            content=_content(facts),
        ),
        pictures=_pictures(facts, decoded, line),
        beats=_beats(line),
        shots=_copies(film, made),
        sound=sound,
        starts=_starts(begin),
    )
    return judged(exact, _measured(line, changes, decoded, listened, transcriber))


def _promised(made: Manifest, said: dict[str, Any]) -> Promised:
    film, line = made.film, made.film.timeline
    return Promised(
        sha256=film.master.sha256,
        content=content_id(said),
        width=line.width,
        height=line.height,
        fps=line.fps,
        frames=line.frames,
        duration_ms=round(line.duration_ms, MS_PLACES),
        bpm=line.bpm,
        language=line.language,
        loudness_lufs=film.loudness_lufs,
        true_peak_dbtp=film.true_peak_dbtp,
    )


def _content(facts: probe.Probe) -> str:
    found = HASH.search(facts.tags.get("comment", ""))
    return found[0] if found else ""


def _pictures(facts: probe.Probe, decoded: cuts.Decoded, line: Timeline) -> Pictures:
    times = decoded.times_s
    return Pictures(
        decoded=len(times),
        packets=facts.frames,
        off_grid=sum(time * line.fps != k for k, time in enumerate(times)),
        broken=decoded.broken,
        duration_ms=round(float(times[-1]) * 1000 + 1000 / line.fps, MS_PLACES) if times else 0.0,
        width=facts.width,
        height=facts.height,
        fps=float(facts.fps),
        codec=facts.video_codec,
        matrix=facts.matrix,
        primaries=facts.primaries,
        transfer=facts.transfer,
        limited_range=facts.limited_range,
    )


def _beats(line: Timeline) -> Beats:
    marks = (
        Cut(
            segment=shot.segment,
            beat=line.starts[i],
            frame=line.cut(i),
            residual_ms=round(line.residual_ms(i), MS_PLACES),
        )
        for i, shot in enumerate(line.shots)
    )
    return Beats(bpm=line.bpm, cuts=tuple(marks))


def _copies(film: Path, made: Manifest) -> tuple[Copy, ...]:
    shots, line = made.film.shots, made.film.timeline
    if len(shots) != len(line.shots):
        raise BadInput(
            f"The manifest names {len(shots)} encoded shots and plans {len(line.shots)}.", "Restore the manifest."
        )
    found = packets.digests(film, [shot.frames for shot in shots])
    return tuple(
        Copy(
            segment=line.shots[i].segment,
            frames=shot.frames,
            planned=line.cut(i + 1) - line.cut(i),
            packets_sha256=sha256,
            copied=sha256 == shot.packets_sha256,
        )
        for i, (shot, sha256) in enumerate(zip(shots, found, strict=True))
    )


def _sound(film: Path, begins_s: float) -> tuple[Sound, Listened]:
    """The sound as it is; what cannot be decoded is silence of no length."""
    packets_sha256 = packets.digest_of_sound(film)
    try:
        heard, (mono, rate) = listen.heard(film), listen.mono(film)
    except BadInput:
        none = Sound(
            packets_sha256=packets_sha256,
            duration_ms=0,
            rate=RATE,
            loudness_lufs=SILENCE_LUFS,
            true_peak_dbtp=SILENCE_DBTP,
        )
        return none, Listened(np.zeros(0, np.float32), RATE, begins_s)
    sound = Sound(
        packets_sha256=packets_sha256,
        duration_ms=round(len(mono) * 1000 / rate, MS_PLACES),
        rate=rate,
        loudness_lufs=round(heard.loudness_lufs, DB_PLACES),
        true_peak_dbtp=round(max(SILENCE_DBTP, heard.true_peak_dbtp), DB_PLACES),
    )
    return sound, Listened(mono, rate, begins_s)


def _starts(begin: probe.Starts) -> Starts:
    video_ms, sound_ms = begin.video_s * 1000, (begin.sound_s or 0.0) * 1000
    return Starts(
        video_ms=round(video_ms, MS_PLACES),
        sound_ms=round(sound_ms, MS_PLACES),
        offset_ms=round(sound_ms - video_ms, MS_PLACES),
    )


def _changes(line: Timeline) -> list[cuts.Expected]:
    """Where the pictures should change: at every shot but the first."""
    return [
        cuts.Expected(
            cut=line.cut(i),
            frames=line.shots[i].transition_frames,
            earliest=line.cut(i - 1) + line.shots[i - 1].transition_frames,
            latest=line.cut(i + 1) - 1,
            through_black=line.shots[i].transition == "dip",
        )
        for i in range(1, len(line.shots))
    ]


def _measured(
    line: Timeline, changes: list[cuts.Expected], decoded: cuts.Decoded, listened: Listened, transcriber: str
) -> Measured:
    found = tuple(_onsets(line, listened))
    offsets = [onset.offset_ms for onset in found if onset.offset_ms is not None]
    return Measured(
        cuts=tuple(_seen(line, i, change, decoded) for i, change in enumerate(changes, 1)),
        onsets=found,
        narration_offset_ms=round(statistics.median(offsets), 1) if offsets else None,
        hearing=hear(line, listened, transcriber),
    )


def _seen(line: Timeline, index: int, expected: cuts.Expected, decoded: cuts.Decoded) -> SeenCut:
    shot, change = line.shots[index], cuts.change(decoded.miniatures, expected)
    if change.first is None or change.settled is None:
        return SeenCut(segment=shot.segment, transition=shot.transition, reason=change.unseen)
    late = max(change.first - expected.cut, change.settled - expected.cut - expected.frames, key=abs)
    return SeenCut(
        segment=shot.segment,
        transition=shot.transition,
        first_frame=change.first,
        settled_frame=change.settled,
        error_ms=round(late * 1000 / line.fps, MS_PLACES),
    )


def _onsets(line: Timeline, listened: Listened) -> Iterator[Onset]:
    for shot, start_s in zip(line.shots, narration_starts_s(line), strict=True):
        first_s = start_s + (shot.clip.words[0].start_ms / 1000 if shot.clip.words else 0.0)
        at_s = attacks.attack(listened.mono, listened.rate, first_s - listened.begins_s)
        if at_s is None:
            yield Onset(segment=shot.segment, reason="nothing stands out from the music there")
        else:
            yield Onset(segment=shot.segment, offset_ms=round((at_s + listened.begins_s - first_s) * 1000, 1))
