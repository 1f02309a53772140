"""Streams hold the film's own packets; every segment stands alone; pictures and sound meet in every player."""

import re
from itertools import pairwise

import av
import pytest
from flashes import apart_ms, av1_film, clicks_of, flash_film, flashes_of, played

from infra.errors import BadInput
from infra.media.hls import export_hls
from infra.media.packets import digest_of

VTT = """WEBVTT Bees

1
00:00:01.000 --> 00:00:02.500
Bees <00:00:01.500>fly

2
00:00:03.000 --> 00:00:05.000
home
"""
LENGTHS = (15, 3, 200, 3, 90, 3, 40)


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    return flash_film(tmp_path_factory.mktemp("hls"), 30, LENGTHS)[0]


@pytest.fixture(scope="module", params=["ts", "fmp4"])
def stream(request, film, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param) / "stream"
    return request.param, export_hls(film, folder, request.param, captions=VTT, language="en").parent


def lines_of(path):
    return path.read_text("utf-8").splitlines()


def segments_of(playlist):
    lines = lines_of(playlist)
    return [
        (playlist.parent / name, float(told.removeprefix("#EXTINF:").rstrip(",")))
        for told, name in pairwise(lines)
        if told.startswith("#EXTINF:")
    ]


@pytest.mark.parametrize("container", ["ts", "fmp4"])
@pytest.mark.parametrize(("fps", "quality"), [(30, "standard"), (24, "best"), (25, "preview"), (60, "standard")])
def test_flashes_and_clicks_meet_in_every_player(tmp_path, container, fps, quality):
    lengths = (fps // 2, 3, 6 * fps, 2, fps)
    film, times = flash_film(tmp_path, fps, lengths, quality)
    master = export_hls(film, tmp_path / "out", container)
    for way in (master, played(master, tmp_path)):
        frames, flashes = flashes_of(way)
        clicks, samples = clicks_of(way)
        assert len(frames) == sum(lengths)
        assert max(map(abs, apart_ms(way))) < 1
        assert [flash - frames[0] for flash in flashes] == pytest.approx(times, abs=1.5e-3)
        assert samples == pytest.approx(sum(lengths) * 48000 / fps, abs=1024)
        assert len(clicks) == len(times)


def test_who_counts_samples_only_is_right_too(stream, film, tmp_path):
    """The first sample belongs to the first frame, so nothing depends on time stamps or edit lists."""
    _, folder = stream
    with av.open(str(folder / "master.m3u8")) as read:
        pictures, sound = read.streams.video[0], read.streams.audio[0]
        firsts = {}
        for frame in read.decode(pictures, sound):
            firsts.setdefault(type(frame).__name__, frame.time)
    assert firsts["VideoFrame"] == pytest.approx(firsts["AudioFrame"], abs=1e-3)


def test_every_segment_begins_with_a_key_frame_and_stands_alone(stream, tmp_path):
    kind, folder = stream
    playlist = folder / ("film.m3u8" if kind == "ts" else "video.m3u8")
    head = b"" if kind == "ts" else (folder / "video_init.mp4").read_bytes()
    seen = 0
    for path, length in segments_of(playlist):
        alone = tmp_path / f"alone.{kind}"
        alone.write_bytes(head + path.read_bytes())
        with av.open(str(alone)) as segment:
            frames = list(segment.decode(video=0))
        assert frames[0].key_frame
        assert len(frames) == round(length * 30)
        assert not any(frame.is_corrupt for frame in frames)
        seen += len(frames)
    assert seen == sum(LENGTHS)


def test_the_playlists_line_by_line(stream):
    kind, folder = stream
    for name in ["film"] if kind == "ts" else ["video", "audio"]:
        lines, segments = lines_of(folder / f"{name}.m3u8"), segments_of(folder / f"{name}.m3u8")
        longest = max(length for _, length in segments)
        assert lines[:6] == [
            "#EXTM3U",
            f"#EXT-X-VERSION:{6 if kind == 'ts' else 7}",
            f"#EXT-X-TARGETDURATION:{-int(-longest // 1)}",
            "#EXT-X-MEDIA-SEQUENCE:0",
            "#EXT-X-PLAYLIST-TYPE:VOD",
            "#EXT-X-INDEPENDENT-SEGMENTS",
        ]
        rest = lines[6:]
        if kind == "fmp4":
            assert rest.pop(0) == f'#EXT-X-MAP:URI="{name}_init.mp4"'
        assert rest.pop() == "#EXT-X-ENDLIST"
        assert all(re.fullmatch(r"#EXTINF:\d+\.\d{6},", line) for line in rest[::2])
        assert rest[1::2] == [path.name for path, _ in segments]
        assert all(path.is_file() for path, _ in segments)
        assert sum(length for _, length in segments) == pytest.approx(sum(LENGTHS) / 30, abs=0.03)
        assert longest <= 7
    names = {path.name for path in folder.iterdir()}
    told = {name for path in folder.glob("*.m3u8") for name in re.findall(r'(?:URI=")?([\w.]+\.\w+)', path.read_text())}
    assert names <= told | {"master.m3u8"}


def test_the_master_playlist_tells_what_is_measured(stream):
    kind, folder = stream
    lines = lines_of(folder / "master.m3u8")
    assert lines[:3] == ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    said = next(line for line in lines if line.startswith("#EXT-X-STREAM-INF:"))
    fields = dict(re.findall(r'([A-Z-]+)=("[^"]*"|[^,]*)', said.split(":", 1)[1]))
    assert fields["RESOLUTION"] == "160x96"
    assert fields["FRAME-RATE"] == "30.000"
    assert re.fullmatch(r'"avc1\.64[0-9a-f]{4},mp4a\.40\.2"', fields["CODECS"])
    assert fields["SUBTITLES"] == '"captions"'
    assert ("AUDIO" in fields) == (kind == "fmp4")
    playlists = ["film.m3u8"] if kind == "ts" else ["video.m3u8", "audio.m3u8"]
    assert lines[-1] == playlists[0]
    rates = [[path.stat().st_size * 8 / length for path, length in segments_of(folder / name)] for name in playlists]
    assert int(fields["BANDWIDTH"]) == pytest.approx(sum(max(each) for each in rates), abs=2)
    assert int(fields["AVERAGE-BANDWIDTH"]) <= int(fields["BANDWIDTH"])


def test_captions_can_be_selected_and_are_in_time(stream):
    _, folder = stream
    lines = lines_of(folder / "captions.vtt")
    assert lines[0] == "WEBVTT Bees"
    assert re.fullmatch(r"X-TIMESTAMP-MAP=MPEGTS:6000,LOCAL:00:00:00\.000", lines[1])
    assert lines[2] == ""
    assert any("TYPE=SUBTITLES" in line and 'LANGUAGE="en"' in line for line in lines_of(folder / "master.m3u8"))
    with av.open(str(folder / "master.m3u8")) as read:
        assert next(frame.time for frame in read.decode(video=0)) == pytest.approx(6000 / 90000)
        assert [track.codec_context.name for track in read.streams.subtitles] == ["webvtt"]
    with av.open(str(folder / "captions.vtt")) as read:
        cues = [float(packet.pts * packet.time_base) for packet in read.demux(subtitles=0) if packet.size]
    assert cues == [1.0, 3.0]
    assert segments_of(folder / "captions.m3u8") == [(folder / "captions.vtt", pytest.approx(sum(LENGTHS) / 30))]


def test_the_pictures_are_the_films_own_packets(film, tmp_path):
    folder = export_hls(film, tmp_path / "out", "fmp4").parent
    whole = tmp_path / "whole.mp4"
    pieces = [folder / "video_init.mp4", *sorted(folder.glob("video_*.m4s"))]
    whole.write_bytes(b"".join(path.read_bytes() for path in pieces))
    assert digest_of(whole) == digest_of(film)


def test_the_same_film_gives_the_same_stream(film, tmp_path):
    for kind in ("ts", "fmp4"):
        one, two = (export_hls(film, tmp_path / f"{kind}{n}", kind).parent for n in (1, 2))
        assert [p.name for p in sorted(one.iterdir())] == [p.name for p in sorted(two.iterdir())]
        assert all(path.read_bytes() == (two / path.name).read_bytes() for path in one.iterdir())


def test_av1_streams_as_fmp4_and_not_as_ts(tmp_path):
    film = av1_film(flash_film(tmp_path, 30, (20, 3, 70))[0], tmp_path / "av1.mp4")
    with pytest.raises(BadInput, match="--hls-fmp4"):
        export_hls(film, tmp_path / "ts", "ts")
    assert not (tmp_path / "ts").exists()
    master = export_hls(film, tmp_path / "fmp4", "fmp4")
    assert re.search(r'CODECS="av01\.0\.\d\d[MH]\.08,mp4a\.40\.2"', master.read_text())
    assert len(flashes_of(master)[0]) == 93
    assert max(map(abs, apart_ms(master))) < 1


def test_a_new_stream_takes_the_place_of_an_old_one_and_a_failed_one_does_not(film, tmp_path):
    folder = tmp_path / "stream"
    folder.mkdir()
    (folder / "old.ts").write_bytes(b"old")
    (tmp_path / "broken.mp4").write_bytes(film.read_bytes()[:5000])
    with pytest.raises(BadInput):
        export_hls(tmp_path / "broken.mp4", folder, "ts")
    assert (folder / "old.ts").read_bytes() == b"old"
    export_hls(film, folder, "ts")
    assert not (folder / "old.ts").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.mp4", "stream"]


def test_captions_of_a_single_line_are_a_rendition_too(film, tmp_path):
    folder = export_hls(film, tmp_path / "out", "ts", captions="WEBVTT").parent
    assert lines_of(folder / "captions.vtt")[0] == "WEBVTT"
    assert lines_of(folder / "captions.vtt")[1].startswith("X-TIMESTAMP-MAP=")
