"""A film proves its timing from its MP4 and manifest alone; whatever is done to them is found and named."""

import json
import shutil
from fractions import Fraction

import av
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from flows.commands.certify import certify
from flows.create import create
from flows.running import deliver
from infra.errors import BadInput, EngineFailed, ModelMissing, Tampered
from infra.media import audio, mux
from infra.media.encode import planes_of
from infra.media.listen import sound_of
from infra.settings import settings
from tasks.assets import keep, path_of
from tasks.certificate import Certificate
from tasks.certify import _certify
from tasks.schema import Brief, Edits
from tasks.witness import certificate_of

RATE = 48_000
BRIEF = Brief(topic="How bees fly", seconds=12, height=480, fps=24)
SENTENCES = ("A bee remembers the colour of every flower.", "In the evening she flies home to her sisters.")
app = typer.Typer()
app.command()(certify)


@pytest.fixture(scope="module")
async def film(prefect_server):
    return await create(BRIEF)


@pytest.fixture
def folder(film, tmp_path):
    """The film's files, to be done with as one likes."""
    deliver(film, tmp_path / "film")
    return tmp_path / "film"


def run(folder, *options):
    return CliRunner().invoke(app, [str(folder), *options])


def refused(folder, *options):
    """What the command says of a film that it refuses, to a person and to a program."""
    done = run(folder, *options)
    assert isinstance(done.exception, Tampered), done.output
    assert done.exception.exit_code == 65
    for_programs = run(folder, "--json", *options)
    assert for_programs.exit_code == 65
    told = json.loads(for_programs.stdout)
    assert not told["holds"]
    failed = {check["name"] for check in told["certificate"]["checks"] if check["decides"] and not check["holds"]}
    return done, failed, {difference["what"]: difference for difference in told["differences"]}


def narration_ms(folder):
    """How late the narration is heard now."""
    return json.loads(run(folder, "--json").stdout)["certificate"]["measured"]["narration_offset_ms"]


def told_ms(folder):
    """How late it was when it was certified."""
    return json.loads((folder / "certificate.json").read_text("utf-8"))["measured"]["narration_offset_ms"]


def copied(source, target, *, pictures=lambda packets: packets, late_s=0.0, sound=None):
    """The MP4 remuxed: its *pictures* as they are let through, its sound *late_s* later or taken from *sound*."""
    with av.open(str(source)) as old, av.open(str(sound or source)) as heard, av.open(str(target), "w") as new:
        video = new.add_stream_from_template(old.streams.video[0])
        track = new.add_stream_from_template(heard.streams.audio[0])
        new.metadata.update({name: old.metadata[name] for name in ("title", "comment")})
        for packet in pictures([p for p in old.demux(video=0) if p.size]):
            packet.stream = video
            new.mux(packet)
        for packet in heard.demux(audio=0):
            if packet.size:
                packet.pts, packet.dts = (t + round(late_s * RATE) for t in (packet.pts, packet.dts))
                packet.stream = track
                new.mux(packet)


def with_sound(folder, samples):
    """Put other *samples* under the film's pictures."""
    original = folder.parent / "original.mp4"
    shutil.move(folder / "film.mp4", original)
    audio.encode_aac([np.ascontiguousarray(samples, np.float32)], folder.parent / "other.m4a")
    copied(original, folder / "film.mp4", sound=folder.parent / "other.m4a")


def test_a_good_film_holds_and_is_proved_alike_from_its_files_alone(film, folder, home):
    told = (folder / "certificate.json").read_text("utf-8")
    again = certificate_of(folder / "film.mp4", folder / "manifest.json", settings().transcribe)
    assert again.holds
    assert again.text() == told
    assert not (home / "store").exists()
    done = run(folder)
    assert done.exit_code == 0, done.output
    assert "The film is what it says it is" in done.output


def test_what_the_certificate_says(film, folder):
    proof = Certificate.model_validate_json((folder / "certificate.json").read_bytes())
    exact, line = proof.exact, film.timeline
    assert exact.pictures.decoded == exact.pictures.packets == line.frames
    assert [cut.frame for cut in exact.beats.cuts] == [line.cut(i) for i in range(len(line.shots))]
    assert all(shot.copied for shot in exact.shots)
    assert exact.sound.loudness_lufs == pytest.approx(-14, abs=0.2)
    assert (exact.starts.video_ms, exact.starts.sound_ms, exact.starts.offset_ms) == (0, 0, 0)
    assert all(cut.error_ms == 0 or cut.reason for cut in proof.measured.cuts)
    assert 0 < proof.measured.narration_offset_ms < 120  # the sketched voice swells
    assert len(proof.measured.cuts) == len(line.shots) - 1 > 0
    assert proof.measured.hearing.transcriber == "sketch-transcribe/1"


def test_pictures_encoded_again(film, folder):
    original = folder.parent / "original.mp4"
    shutil.move(folder / "film.mp4", original)
    with av.open(str(original)) as old, av.open(str(folder / "film.mp4"), "w") as new:
        video = new.add_stream("libx264", rate=24, options={"crf": "30", "preset": "ultrafast"})
        video.width, video.height, video.pix_fmt = film.timeline.width, film.timeline.height, "yuv420p"
        new.metadata.update({name: old.metadata[name] for name in ("title", "comment")})
        for frame in old.decode(video=0):
            fresh = av.VideoFrame(video.width, video.height, "yuv420p")
            for to, of in zip(planes_of(fresh), planes_of(frame), strict=True):
                to[:] = of
            fresh.pts, fresh.time_base = round(frame.time * 24), Fraction(1, 24)
            new.mux(video.encode(fresh))
        new.mux(video.encode(None))
    done, failed, differ = refused(folder)
    every = ", ".join(shot.segment for shot in film.timeline.shots)
    assert {"MP4 that the manifest names", "shots encoded otherwise", "sound beyond the pictures"} <= failed
    assert f"shots encoded otherwise: {every}" in str(done.exception)
    assert "sound · the SHA-256 of the packets" in differ


def test_two_shots_swapped(film, folder):
    shots = [path_of(shot.asset) for shot in film.shots]
    shutil.copy(folder / "film.mp4", folder.parent / "sound.mp4")
    mux.join([shots[1], shots[0], *shots[2:]], 24, folder.parent / "sound.mp4", folder / "film.mp4")
    _, failed, _ = refused(folder)
    assert {"MP4 that the manifest names", "manifest that the MP4 names", "shots encoded otherwise"} <= failed


def test_one_byte_of_one_frame(film, folder):
    with av.open(str(folder / "film.mp4")) as container:
        packets = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    last = film.timeline.shots[-1].segment
    place, size = packets[-1]
    data = bytearray((folder / "film.mp4").read_bytes())
    data[place + size - 2] ^= 1
    (folder / "film.mp4").write_bytes(data)
    done, failed, differ = refused(folder)
    assert "shots encoded otherwise" in failed
    assert f"shots encoded otherwise: {last}" in str(done.exception)
    assert f"shots · {last} · the SHA-256 of the packets" in differ


def test_a_trimmed_end(film, folder):
    shutil.move(folder / "film.mp4", folder.parent / "original.mp4")
    copied(folder.parent / "original.mp4", folder / "film.mp4", pictures=lambda packets: packets[:-10])
    _, failed, differ = refused(folder)
    assert {
        "frames decoded",
        "shots encoded otherwise",
        "packets beyond the shots",
        "sound beyond the pictures",
    } & failed
    assert "frames decoded" in failed
    assert differ["pictures · packets"]["found"] == str(film.timeline.frames - 10)


@pytest.mark.parametrize("kept", [0.5, 0.001])
def test_a_file_that_breaks_off(folder, kept):
    data = (folder / "film.mp4").read_bytes()
    (folder / "film.mp4").write_bytes(data[: int(len(data) * kept)])
    done = run(folder)
    assert isinstance(done.exception, Tampered)


@pytest.mark.parametrize("late_s", [0.1, 0.02])
def test_sound_played_later(folder, late_s):
    shutil.move(folder / "film.mp4", folder.parent / "original.mp4")
    copied(folder.parent / "original.mp4", folder / "film.mp4", late_s=late_s)
    _, failed, _ = refused(folder)
    assert {"start of pictures and sound", "sound beyond the pictures"} & failed
    assert "shots encoded otherwise" not in failed
    assert narration_ms(folder) - told_ms(folder) == pytest.approx(late_s * 1000, rel=0.5)  # the sketched voice swells


def test_sound_that_was_shifted_and_encoded_again(folder):
    samples, _ = sound_of(folder / "film.mp4")
    with_sound(folder, np.roll(samples, RATE // 10, axis=0))
    _, failed, differ = refused(folder)
    assert {"sound · the SHA-256 of the packets"} <= set(differ)
    assert "shots encoded otherwise" not in failed
    assert narration_ms(folder) - told_ms(folder) == pytest.approx(100, rel=0.5)


def test_another_sound_of_the_same_length(film, folder):
    samples, _ = sound_of(folder / "film.mp4")
    with_sound(folder, samples[::-1])
    _, failed, differ = refused(folder)
    assert failed >= {"MP4 that the manifest names"}
    assert "sound · the SHA-256 of the packets" in differ


def test_louder_sound(folder):
    samples, _ = sound_of(folder / "film.mp4")
    with_sound(folder, samples * 1.2)
    _, failed, differ = refused(folder)
    assert {"loudness", "levels off the manifest's"} <= failed
    assert "sound · the loudness in LUFS" in differ


@pytest.mark.parametrize("certified", [True, False])
def test_an_edited_manifest(folder, certified):
    said = json.loads((folder / "manifest.json").read_text("utf-8"))
    said["film"]["timeline"]["shots"][0]["caption"] += " Buy honey."
    (folder / "manifest.json").write_text(json.dumps(said), "utf-8")
    if not certified:
        (folder / "certificate.json").unlink()
    _, failed, differ = refused(folder)
    assert failed == {"manifest that the MP4 names"}
    assert ("file · the SHA-256 of the manifest" in differ) == certified
    assert (folder / "certificate.json").exists() == certified


def test_a_manifest_that_can_no_longer_be_read(folder):
    (folder / "manifest.json").write_text("{}")
    assert isinstance(run(folder).exception, Tampered)
    (folder / "certificate.json").unlink()
    assert isinstance(run(folder).exception, BadInput)


@pytest.mark.parametrize(
    ("way", "figure", "named"),
    [
        (("exact", "sound"), "loudness_lufs", "exact · sound · the loudness in LUFS"),
        (("exact", "beats", "cuts", 1), "residual_ms", "the distance from the beat in ms"),
        (("measured",), "narration_offset_ms", "measured · narration offset ms"),
        (("checks", 2), "value", "checks · frames decoded · value"),
        ((), "holds", "holds"),
    ],
)
def test_an_edited_certificate(folder, way, figure, named):
    path = folder / "certificate.json"
    said = json.loads(path.read_text("utf-8"))
    part = said
    for step in way:
        part = part[step]
    part[figure] = False if figure == "holds" else part[figure] + 7
    path.write_text(json.dumps(said), "utf-8")
    _, failed, differ = refused(folder)
    assert not failed
    assert any(what.endswith(named) for what in differ)
    assert "the seal of the certificate itself" in differ


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"format": "flywheel-certificate/1"}'])
def test_what_is_no_certificate(folder, content):
    (folder / "certificate.json").write_text(content)
    assert isinstance(run(folder).exception, Tampered)


def test_an_edited_certificate_with_a_new_seal_is_found_by_the_film(folder):
    path = folder / "certificate.json"
    told = Certificate.model_validate_json(path.read_bytes())
    sound = told.exact.sound.model_copy(update={"loudness_lufs": -20.0})
    forged = told.model_copy(update={"exact": told.exact.model_copy(update={"sound": sound})}).sealed()
    path.write_text(forged.text(), "utf-8")
    _, _, differ = refused(folder)
    assert set(differ) == {"sound · the loudness in LUFS"}


def test_a_missing_certificate_is_made(folder):
    told = (folder / "certificate.json").read_bytes()
    (folder / "certificate.json").unlink()
    done = run(folder / "film.mp4")
    assert done.exit_code == 0, done.output
    assert "There was no certificate" in done.output
    assert (folder / "certificate.json").read_bytes() == told


def test_without_a_transcriber(folder, monkeypatch):
    told = (folder / "certificate.json").read_bytes()
    done = run(folder / "manifest.json", "--no-transcriber", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["certificate"]["measured"]["hearing"]["transcriber"] == "not measured"
    assert (said["holds"], said["differences"], said["remeasured"], said["written"]) == (True, [], [], None)
    assert (folder / "certificate.json").read_bytes() == told


def test_a_missing_transcriber_names_the_command(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("FLYWHEEL_TRANSCRIBE", "whisper")
    monkeypatch.setenv("FLYWHEEL_MODELS", str(tmp_path / "none"))
    settings.cache_clear()
    try:
        done = run(folder)
        assert isinstance(done.exception, ModelMissing)
        assert "flywheel models pull whisper-base" in done.exception.remedy
        assert run(folder, "--no-transcriber").exit_code == 0
    finally:
        monkeypatch.undo()
        settings.cache_clear()


def test_no_film_there(tmp_path):
    assert isinstance(run(tmp_path).exception, BadInput)


def test_the_flow_does_not_deliver_what_does_not_hold(film, folder):
    samples, _ = sound_of(folder / "film.mp4")
    with_sound(folder, samples * 0.5)
    with pytest.raises(EngineFailed, match="loudness: -20"):
        _certify(keep(folder / "film.mp4", "video/mp4"), film.manifest)


@pytest.mark.models
async def test_a_real_voice_is_heard_where_the_captions_are(film, monkeypatch, tmp_path):
    monkeypatch.setenv("FLYWHEEL_SPEECH", "kokoro")
    monkeypatch.setenv("FLYWHEEL_TRANSCRIBE", "whisper")
    settings.cache_clear()
    try:
        words = {segment.id: SENTENCES[k % 2] for k, segment in enumerate(film.script.segments)}
        deliver(await create(BRIEF, Edits(captions=words)), tmp_path / "film")
        done = run(tmp_path / "film", "--json")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["differences"] == said["remeasured"] == []
    heard = said["certificate"]["measured"]["hearing"]
    assert heard["error_rate"] <= 0.2
    assert heard["voice"]["median_ms"] <= 80
    assert heard["lit"]["median_ms"] <= 80
    assert heard["voice"]["matched"] >= 0.7 * heard["voice"]["words"]
