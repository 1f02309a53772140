"""The master: finished shots joined with the mixed sound, and the film's other files, all measured."""

from __future__ import annotations

import importlib.metadata
import json
from typing import TYPE_CHECKING, Any

from infra import engines, events, pools
from infra.errors import BadInput
from infra.hashing import canonical
from infra.media import captions, listen, mix, mux, sheet, subtitles, tape
from infra.media.mastering import Mix, deliver
from infra.media.tape import Reel
from infra.media.timing import Word
from infra.settings import settings
from tasks.assets import keep, keep_text, path_of, scratch
from tasks.certificate import content_id
from tasks.exports import sheet_entries
from tasks.music import Tempo, compose_bed, loop_bed
from tasks.policy import step
from tasks.schema import Asset, Bed, Film, Frame, Manifest, RenderedShot, Script, Segment, Timeline, Value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tasks.schema import Anchor, Brief, Edits

SILENCE_DBTP = -120.0
"""What is written for no sound at all, which has no finite peak."""


class Sound(Value):
    """The mixed sound of a film, encoded, with what was measured after encoding."""

    bed: Bed
    asset: Asset
    loudness_lufs: float
    true_peak_dbtp: float


class Voice(Value):
    """A clip and when it begins in the film."""

    clip: Asset
    start_s: float


class Footage(Value):
    """The sound of a user's own clip: *seconds* of it, from *from_s* on, heard from *start_s* of the film on."""

    asset: Asset
    from_s: float
    start_s: float
    seconds: float
    volume: float


class Master(Value):
    """The files that come from the joined film."""

    video: Asset
    captions_vtt: Asset
    captions_srt: Asset
    contact_sheet: Asset


async def master_film(
    title: str,
    brief: Brief,
    edits: Edits,
    anchor: Anchor,
    segments: Sequence[Segment],
    timeline: Timeline,
    shots: Sequence[RenderedShot],
    sound: Sound,
    poster: Frame,
) -> Film:
    """Join; then everything that was asked for and made, as one value."""
    content = {
        "title": title,
        "brief": brief,
        "edits": edits,
        "anchor": anchor,
        "script": Script(title=title, language=anchor.language, segments=tuple(segments)),
        "timeline": timeline,
        "shots": tuple(shots),
        "bed": sound.bed,
        "poster": poster.asset,
        "loudness_lufs": sound.loudness_lufs,
        "true_peak_dbtp": sound.true_peak_dbtp,
    }
    named = content_id({**_making(brief, edits), "film": content})
    master = await join_shots(title, timeline, tuple(shots), sound.asset, named)
    film = Film(
        **content,
        master=master.video,
        captions_vtt=master.captions_vtt,
        captions_srt=master.captions_srt,
        contact_sheet=master.contact_sheet,
    )
    film = film.model_copy(update={"manifest": keep_text(manifest(film), "application/json")})
    events.emit("film.mastered", film=film)
    return film


async def make_sound(
    timeline: Timeline, anchor: Anchor, song: Asset | None = None, tempo: Tempo | None = None
) -> Sound:
    """Music for the timeline's beats, under its narration; a change that nobody hears makes nothing again.

    The music is composed, or a *song* of the user's own with the *tempo* that was heard in it. Clips that the user
    gave are heard where they are shown, if their volume says so.
    """
    if song and tempo:
        bed = await loop_bed(song, tempo.assuming(timeline.bpm), timeline.beats)
    else:
        bed = await compose_bed(anchor.mood, timeline.bpm, timeline.beats, anchor.seed)
    starts = narration_starts_s(timeline)
    voices = tuple(Voice(clip=s.clip.asset, start_s=at) for s, at in zip(timeline.shots, starts, strict=True))
    return await mix_sound(voices, bed, timeline.frames / timeline.fps, footage_in(timeline))


def footage_in(timeline: Timeline) -> tuple[Footage, ...]:
    """The sound of the user's own clips: from its shot's cut on, as long as the shot lasts."""
    found = []
    for index, shot in enumerate(timeline.shots):
        media = shot.frame.footage
        if media and media.volume:
            cut, end = timeline.cut(index) / timeline.fps, timeline.cut(index + 1) / timeline.fps
            found.append(
                Footage(asset=media.asset, from_s=media.start_s, start_s=cut, seconds=end - cut, volume=media.volume)
            )
    return tuple(found)


@step(recipe=f"sound/3:{tape.IDENTITY}", pool="music")
async def mix_sound(voices: tuple[Voice, ...], bed: Bed, seconds: float, footage: tuple[Footage, ...] = ()) -> Sound:
    """Narration over the ducked bed and footage at −14 LUFS, encoded as AAC, measured as decoded."""
    return await pools.run("music", _mix, voices, bed, seconds, footage)


@step(recipe=f"master/3:{sheet.IDENTITY}:{captions.MADE_BY}", pool="render")
async def join_shots(
    title: str, timeline: Timeline, shots: tuple[RenderedShot, ...], sound: Asset, content: str
) -> Master:
    """Copy the shots' packets and the sound into one MP4 that names its *content*; write the captions."""
    return await pools.run("render", _join, title, timeline, shots, sound, content)


def manifest(film: Film) -> str:
    """The film as JSON: every input, engine, seed and hash; sorted, without clock or path."""
    content = Manifest(**_making(film.brief, film.edits), film=film)
    return json.dumps(canonical(content), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _making(brief: Brief, edits: Edits) -> dict[str, Any]:
    """What a manifest says beside the film: what was asked for, and what made it."""
    return {
        "format": "flywheel-manifest/1",
        "brief": brief,
        "edits": edits,
        "seed": brief.seed,
        "engines": {name: engines.setting_identity(name) for name in settings().engines if name != "transcribe"},
        "made_with": {name: importlib.metadata.version(name) for name in ("creation-flywheel", "prefect", "av")},
    }


def _mix(voices: tuple[Voice, ...], bed: Bed, seconds: float, footage: tuple[Footage, ...]) -> Sound:
    spoken = [mix.Voice(path_of(voice.clip), voice.start_s) for voice in voices]
    shown = [mix.Footage(_with_sound(f.asset), f.from_s, f.start_s, f.seconds, f.volume) for f in footage]
    with scratch(".m4a") as path, Reel(path.parent) as reel:
        heard = deliver(Mix(reel, mix.mixed(spoken, path_of(bed.asset), shown, seconds)), path)
        return Sound(
            bed=bed,
            asset=keep(path, "audio/mp4"),
            loudness_lufs=round(heard.loudness_lufs, 2),
            true_peak_dbtp=round(max(SILENCE_DBTP, heard.true_peak_dbtp), 2),
        )


def _with_sound(clip: Asset) -> Path:
    """A clip whose sound was asked for.

    Raises:
        BadInput: it has none.
    """
    path = path_of(clip)
    if not listen.has_sound(path):
        raise BadInput(
            f"The clip {clip.sha256[:12]} ({clip.media_type}) has no sound, but a volume is asked of it.",
            "Set its volume to 0, or give a clip with sound.",
        )
    return path


def narration_starts_s(timeline: Timeline) -> list[float]:
    """When each shot's narration begins, in seconds from the film's start."""
    return [timeline.cut(i) / timeline.fps + shot.lead_ms / 1000 for i, shot in enumerate(timeline.shots)]


def _join(title: str, timeline: Timeline, shots: tuple[RenderedShot, ...], sound: Asset, content: str) -> Master:
    with scratch(".mp4") as path:
        mux.join(
            [path_of(shot.asset) for shot in shots],
            timeline.fps,
            path_of(sound),
            path,
            title=title,
            comment=f"Made by Flywheel: script, voice and pictures by machine. Content {content}",
            language=timeline.language,
        )
        video = keep(path, "video/mp4")
    spoken = _spoken(timeline)
    webvtt = subtitles.webvtt(
        spoken,
        language=timeline.language,
        title=title,
        frame=(timeline.width, timeline.height),
        style=timeline.caption_style,
    )
    return Master(
        video=video,
        captions_vtt=keep_text(webvtt, "text/vtt"),
        captions_srt=keep_text(subtitles.srt(spoken, language=timeline.language), "application/x-subrip"),
        contact_sheet=_contact_sheet(video, timeline),
    )


def _contact_sheet(video: Asset, timeline: Timeline) -> Asset:
    """One frame of each shot, from its middle."""
    entries = sheet_entries(timeline)
    with scratch(".jpg") as path:
        path.write_bytes(sheet.contact_sheet(path_of(video), entries, language=timeline.language))
        return keep(path, "image/jpeg")


def _spoken(timeline: Timeline) -> list[subtitles.Spoken]:
    """The captions in film time."""
    spoken = []
    for shot, start in zip(timeline.shots, narration_starts_s(timeline), strict=True):
        words = tuple(Word(w.text, start + w.start_ms / 1000, start + w.end_ms / 1000) for w in shot.clip.words)
        spoken.append(subtitles.Spoken(start, start + shot.clip.duration_ms / 1000, shot.caption, words))
    return spoken
