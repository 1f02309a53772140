"""The bed: music of exactly the film's beats."""

from __future__ import annotations

from infra import events, pools
from infra.engines import engine
from infra.media import audio
from infra.settings import settings
from tasks.assets import keep, scratch
from tasks.policy import step
from tasks.schema import Asset, Bed, Mood


@step(recipe="bed/1", pool="music", uses=("music",))
async def compose_bed(mood: Mood, bpm: float, beats: int, seed: int) -> Bed:
    """Compose *beats* beats at *bpm* in *mood*, with an intro and an ending."""
    bed = Bed(asset=await pools.run("music", _compose, mood, bpm, beats, seed), bpm=bpm, beats=beats)
    events.emit("bed.composed", bed=bed)
    return bed


def _compose(mood: Mood, bpm: float, beats: int, seed: int) -> Asset:
    composer = engine("music", settings().music)
    samples = composer.compose(mood, bpm=bpm, beats=beats, seed=seed)
    with scratch(".flac") as path:
        audio.write_flac(path, samples, composer.rate)
        return keep(path, "audio/flac")
