"""Exports of a whole film, made with the sketch engines: everything is decoded, and an edited timeline comes back."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from PIL import Image

from flows.commands.edit import conformed
from flows.commands.export import MAKERS, export, job_of
from flows.create import create
from flows.running import deliver, read_manifest
from infra.errors import BadInput, StoreFull
from infra.media.listen import sound_of
from infra.media.loudness import loudness
from infra.media.packets import digest_of
from infra.media.probe import frames_at
from infra.settings import settings
from infra.store import open_store
from tasks.exports import captions_of, master_of
from tasks.interchange import export_otio
from tasks.schema import Brief, Edits

pytestmark = pytest.mark.usefixtures("prefect_server")

BRIEF = Brief(topic="How honeybees find flowers", seconds=20, height=480, fps=24, quality="preview")
OUTPUTS = {
    "hls": "hls", "hls-fmp4": "hls-fmp4", "webm": "film.webm", "gif": "teaser.gif", "webp": "teaser.webp",
    "otio": "bees.otio", "sheet": "contact_sheet.jpg",
}  # fmt: skip


@pytest.fixture(scope="module")
async def bees(prefect_server, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("films") / "bees"
    deliver(await create(BRIEF), folder)
    return folder


@pytest.fixture(scope="module")
def exports(bees) -> Path:
    export(bees, everything=True)
    return bees / "exports"


@pytest.fixture
def line(bees):
    return read_manifest(bees).film.timeline


def frames_of(path):
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def test_everything_is_there_and_nothing_else(exports):
    assert {path.name for path in exports.iterdir()} == {*OUTPUTS.values(), "bees-media"}


@pytest.mark.parametrize("name", ["hls/master.m3u8", "hls-fmp4/master.m3u8", "film.webm"])
def test_films_have_every_frame_the_films_colours_and_its_loudness(bees, exports, line, name):
    assert frames_of(exports / name) == line.frames
    heard, rate = sound_of(exports / name)
    before, _ = sound_of(bees / "film.mp4")
    assert rate == 48_000
    assert loudness(heard, rate) == pytest.approx(loudness(before, rate), abs=0.2)
    with av.open(str(exports / name)) as film:
        first = next(frame.time for frame in film.decode(video=0))
    times = [line.cut(i) / line.fps + 1 for i in range(len(line.shots))]
    wanted = frames_at(bees / "film.mp4", times)
    with av.open(str(exports / name)) as film:
        seen = {
            round((frame.time - first) * line.fps): frame
            for frame in film.decode(video=0)
            if round((frame.time - first) * line.fps) in {round(t * line.fps) for t in times}
        }
        for time, before in zip(times, wanted, strict=True):
            after = seen[round(time * line.fps)].reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
            assert np.abs(after.astype(int).mean((0, 1)) - before.astype(int).mean((0, 1))).max() < 2.5


def test_teasers_and_sheet_can_be_looked_at(exports, line):
    for name, limit in (("teaser.gif", 5_000_000), ("teaser.webp", 2_000_000)):
        with Image.open(exports / name) as picture:
            assert picture.width == 480
            assert picture.n_frames > 30
        assert (exports / name).stat().st_size <= limit
    with Image.open(exports / "contact_sheet.jpg") as picture:
        assert picture.width == 2400
        assert np.asarray(picture.convert("L")).std() > 10


def test_the_timelines_media_are_the_films_own(bees, exports, line):
    film = read_manifest(bees).film
    timeline = otio.adapters.read_from_file(str(exports / "bees.otio"))
    for clip in timeline.find_clips():
        assert (exports / clip.media_reference.target_url).is_file()
    for shot, rendered in zip(line.shots, film.shots, strict=True):
        path = exports / "bees-media" / f"{shot.segment}.mp4"
        assert digest_of(path) == rendered.packets_sha256
        assert frames_of(path) == rendered.frames
        voice = soundfile.info(exports / "bees-media" / f"narration_{shot.segment}.flac")
        assert voice.format == "FLAC"
        assert voice.duration * 1000 == pytest.approx(shot.clip.duration_ms, abs=1)
    music = soundfile.info(exports / "bees-media" / "music.flac")
    assert music.duration == pytest.approx(line.beats * 60 / line.bpm, abs=0.01)


def test_shots_that_the_store_lost_are_cut_from_the_master(bees, tmp_path, monkeypatch):
    manifest = read_manifest(bees)
    monkeypatch.setenv("FLYWHEEL_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    open_store.cache_clear()
    try:
        written = export_otio(manifest, bees / "film.mp4", tmp_path / "out" / "bees.otio")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        open_store.cache_clear()
    shots, sounds = written.notes
    assert "cut from film.mp4, no longer in the store: s1.mp4" in shots
    assert "missing, no longer in the store: narration_s1.flac" in sounds
    for shot, rendered in zip(manifest.film.timeline.shots, manifest.film.shots, strict=True):
        assert digest_of(tmp_path / "out" / "bees-media" / f"{shot.segment}.mp4") == rendered.packets_sha256
    read = otio.adapters.read_from_file(str(tmp_path / "out" / "bees.otio"))
    narration = next(track for track in read.tracks if track.name == "Narration")
    assert all(isinstance(clip.media_reference, otio.schema.MissingReference) for clip in narration.find_clips())


async def test_an_edited_timeline_makes_the_film_that_was_meant(bees, exports, tmp_path):
    manifest = read_manifest(bees)
    assert conformed(exports / "bees.otio", manifest) == manifest.edits
    timeline = otio.adapters.read_from_file(str(exports / "bees.otio"))
    track = timeline.tracks[0]
    known = [item.deepcopy() for item in track if isinstance(item, otio.schema.Clip)]
    known[0].markers[0].name = "Bees fly home."
    del track[:]
    track.extend([known[1], known[0]])
    otio.adapters.write_to_file(timeline, str(tmp_path / "cut.otio"))
    edits = conformed(tmp_path / "cut.otio", manifest)
    first, second = (shot.segment for shot in manifest.film.timeline.shots[:2])
    assert edits == Edits(order=(second, first), captions={first: "Bees fly home."})
    film = await create(BRIEF, edits)
    assert [shot.segment for shot in film.timeline.shots] == [second, first]
    assert film.timeline.shots[1].caption == "Bees fly home."


def test_a_film_is_named_by_its_mp4_or_its_manifest_too(bees, tmp_path, capsys):
    for name in ("film.mp4", "manifest.json"):
        export(bees / name, sheet=True, out=tmp_path / name, as_json=True)
        told = json.loads(capsys.readouterr().out)
        assert told["kind"] == "exported"
        [sheet] = told["exports"]
        assert sheet["export"] == "sheet"
        assert Path(sheet["path"]).stat().st_size == sheet["size_bytes"]


def test_a_master_that_is_gone_comes_from_the_store(bees, tmp_path):
    shutil.copy(bees / "manifest.json", tmp_path / "manifest.json")
    job = job_of(tmp_path, None, None)
    assert digest_of(job.master) == digest_of(bees / "film.mp4")
    assert job.captions.startswith("WEBVTT")


def test_a_quality_that_is_none_is_refused_whatever_is_exported(tmp_path):
    with pytest.raises(BadInput, match="finest"):
        export(tmp_path, sheet=True, quality="finest")


@pytest.mark.parametrize(
    ("content", "said"), [(b"WEBVTT\n\xff", "not UTF-8"), (b"", "not WebVTT"), (b"1", "not WebVTT")]
)
def test_captions_that_are_none_are_told(bees, tmp_path, content, said):
    (tmp_path / "captions.vtt").write_bytes(content)
    with pytest.raises(BadInput, match=rf"captions\.vtt is {said}"):
        captions_of(tmp_path, read_manifest(bees))


def test_a_master_that_is_not_whole_is_told(bees, tmp_path):
    manifest = read_manifest(bees)
    for size in (0, 100, 20_000, (bees / "film.mp4").stat().st_size // 2):
        (tmp_path / "film.mp4").write_bytes((bees / "film.mp4").read_bytes()[:size])
        with pytest.raises(BadInput, match=r"film\.mp4"):
            master_of(tmp_path, manifest)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_folder_that_cannot_be_written_is_told(bees, name):
    with pytest.raises(StoreFull, match="Cannot write"):
        export(bees, out=Path("/proc/exports"), **{name.replace("-", "_"): True})


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a file system needs rights that this user lacks")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", sorted(MAKERS))
def test_a_full_disk_is_told_and_keeps_nothing_half(bees, small_disk, name):
    with pytest.raises(StoreFull, match="No space left"):
        export(bees, out=small_disk, **{name.replace("-", "_"): True})
    assert [path for path in small_disk.rglob("*") if path.is_file()] == []


def flywheel(*words):
    return subprocess.run(
        [sys.executable, "-m", "flows", *words], capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command_tells_what_it_wrote_and_what_it_cannot(bees, tmp_path):
    ran = flywheel("export", str(bees), "--hls", "--sheet", "--out", str(tmp_path / "out"))
    assert ran.returncode == 0, ran.stderr
    assert [line.split()[1] for line in ran.stdout.splitlines()] == ["MB", "MB"]
    assert "packets copied" in ran.stdout
    for words, said in (
        (("export", str(tmp_path / "none"), "--all"), "There is no film at"),
        (("export", str(bees)), "Nothing was asked for. Choose among --hls"),
        (("export", str(bees), "--webm", "--quality", "fine"), "no quality tier named 'fine'"),
        (("edit", str(bees), "--otio", str(tmp_path / "none.otio")), "There is no timeline at"),
        (("edit", str(bees), "--otio", str(bees / "manifest.json")), "is not a timeline"),
    ):
        ran = flywheel(*words)
        assert ran.returncode == 64, ran.stderr
        assert said in " ".join(ran.stderr.split())
        assert "Traceback" not in ran.stderr
