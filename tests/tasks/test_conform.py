"""What an editor does to a film's timeline comes back as the edits that were meant."""

import json
import re
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

import opentimelineio as otio
import pytest
from films import asset, manifest_of
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.errors import BadInput
from tasks.conform import edits_from, read_otio
from tasks.interchange import KEY, clip_name, export_otio, own_files, timeline_otio
from tasks.schema import Asset, Edits, Media

WAYS = ("cut", "crossfade", "dip", "wipe")
NAMES = {"crossfade": "Cross Dissolve", "dip": "Dip To Color Dissolve", "wipe": "Edge Wipe"}
KEPT = asset("kept", "image/png")
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30)


def keep(path):
    assert path.is_file()
    return KEPT


def refuse(path):
    raise AssertionError(f"{path} was not replaced")


def back(timeline, manifest, folder=Path(), keep=refuse):
    """The edits, from the timeline as it is after being written and read."""
    read = otio.adapters.read_from_string(timeline.to_json_string())
    return edits_from(read, manifest, folder, keep)


@pytest.fixture
def film():
    film = manifest_of([4, 6, 5, 3])
    own = Asset(sha256=sha256(b"shot").hexdigest(), media_type="video/mp4", size_bytes=4)
    shots = tuple(shot.model_copy(update={"asset": own}) for shot in film.film.shots)
    return film.model_copy(update={"film": film.film.model_copy(update={"shots": shots})})


@pytest.fixture
def timeline(film, tmp_path):
    return timeline_otio(film, with_media(film, tmp_path))


def with_media(film, folder):
    media = folder / "my bees-media"
    media.mkdir(exist_ok=True)
    for shot in film.film.timeline.shots:
        (media / f"{shot.segment}.mp4").write_bytes(b"shot")
        (media / f"narration_{shot.segment}.flac").write_bytes(b"voice")
    (media / "music.flac").write_bytes(b"music")
    return media


def clips(timeline):
    return [item for item in timeline.tracks[0] if isinstance(item, otio.schema.Clip)]


def lay(timeline, items):
    """Put other items onto the picture track."""
    copies = [item.deepcopy() for item in items]
    del timeline.tracks[0][:]
    timeline.tracks[0].extend(copies)


def lasts(clip, frames, rate, begin=0):
    time = otio.opentime.RationalTime
    clip.source_range = otio.opentime.TimeRange(time(begin, rate), time(frames, rate))


def transition_of(way, name=None, kind="Custom_Transition"):
    time = otio.opentime.RationalTime(3, 30)
    return otio.schema.Transition(NAMES[way] if name is None else name, kind, time, time)


# What is written


def test_the_timeline_shows_the_film(film, timeline):
    pictures, narration, music = timeline.tracks
    line = film.film.timeline
    assert [track.kind for track in timeline.tracks] == ["Video", "Audio", "Audio"]
    assert timeline.duration().value == line.frames
    starts = [timeline_start(pictures, clip) for clip in clips(timeline)]
    assert starts == [line.cut(i) for i in range(len(line.shots))]
    assert [clip.metadata[KEY]["segment"] for clip in clips(timeline)] == ["s1", "s2", "s3", "s4"]
    assert [clip.metadata[KEY]["beats"] for clip in clips(timeline)] == [4, 6, 5, 3]
    assert all(
        clip.media_reference.target_url == f"my%20bees-media/{shot.segment}.mp4"
        for clip, shot in zip(clips(timeline), line.shots, strict=True)
    )
    spoken = [item for item in narration if isinstance(item, otio.schema.Clip)]
    for index, (clip, shot) in enumerate(zip(spoken, line.shots, strict=True)):
        wanted = line.cut(index) + shot.lead_ms * line.fps / 1000
        assert timeline_start(narration, clip) == pytest.approx(wanted, abs=0.51)
    assert music[0].duration().value == line.frames
    assert timeline.metadata[KEY]["format"] == "flywheel-otio/1"
    assert sum(isinstance(item, otio.schema.Transition) for item in pictures) == 3


def timeline_start(track, clip):
    return track.range_of_child(clip).start_time.value


def test_markers_say_the_captions_while_they_are_spoken(film, timeline):
    for clip, shot in zip(clips(timeline), film.film.timeline.shots, strict=True):
        [marker] = clip.markers
        assert marker.name == marker.comment == marker.metadata[KEY]["text"] == shot.caption
        assert marker.marked_range.start_time.to_seconds() == pytest.approx(shot.lead_ms / 1000, abs=0.02)


def test_what_is_absent_is_a_missing_reference(film, tmp_path):
    timeline = timeline_otio(film, tmp_path)
    assert all(isinstance(clip.media_reference, otio.schema.MissingReference) for clip in timeline.find_clips())
    assert back(timeline, film) == film.edits


def test_long_captions_make_short_names(film):
    shot = film.film.timeline.shots[0].model_copy(update={"caption": "word " * 40})
    assert re.fullmatch(r"s1 · .{10,39}…", clip_name(shot))


# What comes back


class Editor:
    """Edits a timeline at random as a person would, and notes what was *meant*."""

    def __init__(self, draw):
        beats = draw(st.lists(st.integers(3, 12), min_size=1, max_size=6))
        self.draw, self.usual = draw, draw(st.sampled_from(WAYS))
        ways = draw(st.lists(st.sampled_from(WAYS), min_size=len(beats), max_size=len(beats)))
        edits = {
            "voice": "b",
            "captions": {"s1": "Caption 1: bees & 蜜蜂."},
            "transitions": {f"s{n + 2}": way for n, way in enumerate(ways[: len(beats) - 1]) if way != self.usual},
        }
        self.film = manifest_of(
            beats,
            bpm=draw(st.sampled_from([40.0, 72.5, 96.0, 120.0, 137.3, 180.0])),
            fps=draw(st.sampled_from([24, 25, 30, 60])),
            transitions=ways,
            edits=Edits(**edits),
            brief_transition=self.usual,
        )
        self.line = self.film.film.timeline
        self.names = [shot.segment for shot in self.line.shots]
        self.lost, self.meant = draw(st.booleans()), self.film.edits.model_dump()

    def edit(self):
        """The timeline with other clips in other places."""
        timeline = timeline_otio(self.film, Path("/nowhere"))
        timeline.global_start_time = otio.opentime.RationalTime(self.draw(st.integers(0, 90000)), self.line.fps)
        order = self.draw(st.permutations(self.names))[: self.draw(st.integers(1, len(self.names)))]
        if order != self.names:
            self.meant["order"] = tuple(order)
        known, items = dict(zip(self.names, clips(timeline), strict=True)), []
        for previous, name in zip([None, *order], order, strict=False):
            clip = known[name].deepcopy()
            items += [*self.before(name, previous), clip]
            self.trim(name, clip)
            self.caption(name, clip)
            if self.lost:
                clip.metadata.clear()
                clip.markers[0].metadata.clear()
        if self.lost:
            timeline.metadata.clear()
        lay(timeline, items)
        return timeline

    def before(self, name, previous):
        """A gap or a transition, or neither."""
        index = self.names.index(name)
        follows = previous is not None and index > 0 and self.names[index - 1] == previous
        way = self.draw(st.sampled_from((None, *WAYS)))
        own = self.line.shots[index].transition
        shown = own if way is None and follows else way
        native = own if index else self.film.edits.transitions.get(name, self.usual)
        if previous and shown is not None and (shown != "cut" or follows) and shown != native:
            self.meant["transitions"][name] = shown
        if previous and shown not in {None, "cut"}:
            return [transition_of(shown, self.draw(st.sampled_from([shown, NAMES[shown]])))]
        if self.draw(st.booleans()):
            length = otio.opentime.RationalTime(self.draw(st.integers(1, 50)), self.line.fps)
            return [otio.schema.Gap(source_range=otio.opentime.TimeRange(duration=length))]
        return []

    def trim(self, name, clip):
        """Another length, near some beat, counted in frames of any rate."""
        if self.draw(st.booleans()):
            count, jitter = self.draw(st.integers(1, 20)), self.draw(st.integers(-1, 1))
            frames = max(1, round(count * 60 * self.line.fps / self.line.bpm) + jitter)
            lasts(clip, frames, self.line.fps, self.draw(st.integers(0, 5)))
            if count != self.line.shots[self.names.index(name)].beats:
                self.meant["beats"][name] = count
        if self.draw(st.booleans()):
            rate = self.draw(st.sampled_from([24, 25, 30, 50, 60]))
            lasts(clip, round(clip.source_range.duration.rescaled_to(rate).value), rate)

    def caption(self, name, clip):
        """Other words, wherever an editor shows them."""
        if not self.draw(st.booleans()):
            return
        text, [marker] = self.draw(TEXTS), clip.markers
        where = self.draw(st.sampled_from(["name", "comment", "both", *([] if self.lost else ["metadata"])]))
        if where in {"name", "both"}:
            marker.name = text
        if where in {"comment", "both"}:
            marker.comment = text
        if where == "metadata":
            marker.metadata[KEY]["text"] = text
        self.meant["captions"][name] = text


@st.composite
def edited(draw):
    """A film, its timeline as an editor left it, and the edits that were meant."""
    editor = Editor(draw)
    timeline = editor.edit()
    return editor.film, timeline, Edits.model_validate(editor.meant)


@settings(max_examples=300, deadline=None)
@given(edited())
def test_any_edit_comes_back_as_it_was_meant(case):
    film, timeline, meant = case
    assert back(timeline, film) == meant


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(4, 40), min_size=1, max_size=8),
    st.sampled_from([24, 25, 30, 60]),
    st.floats(40, 220),
    st.sampled_from(WAYS),
)
def test_an_untouched_timeline_changes_nothing(beats, fps, bpm, way):
    film = manifest_of(beats, bpm=bpm, fps=fps, brief_transition=way, edits=Edits(order=None, redo={"s1": 2}))
    assert back(timeline_otio(film, Path("/nowhere")), film) == film.edits


def test_a_removed_transition_is_a_cut_and_one_that_moved_away_is_not(film, timeline):
    items = list(timeline.tracks[0])
    lay(
        timeline,
        [
            item
            for item in items
            if not (isinstance(item, otio.schema.Transition) and item.metadata[KEY]["segment"] == "s3")
        ],
    )
    assert back(timeline, film) == Edits(transitions={"s3": "cut"})
    lay(timeline, list(reversed(clips(timeline))))
    assert back(timeline, film) == Edits(order=("s4", "s3", "s2", "s1"))


def test_a_dissolve_without_a_name_is_what_was_written(film, timeline):
    for item in timeline.tracks[0]:
        if isinstance(item, otio.schema.Transition):
            item.name = ""
    assert back(timeline, film) == film.edits
    lay(timeline, [clips(timeline)[0], transition_of("wipe", "Heart Iris"), *clips(timeline)[1:]])
    with pytest.raises(BadInput, match="Heart Iris"):
        back(timeline, film)


def test_a_clip_switched_off_is_dropped(film, timeline):
    clips(timeline)[1].enabled = False
    assert back(timeline, film).order == ("s1", "s3", "s4")


def test_names_and_files_tell_where_metadata_does_not(film, timeline):
    for name, clip in zip(["s1.mp4", "a bee", "S 3", "s4"], clips(timeline), strict=True):
        clip.metadata.clear()
        clip.name = name
        clip.media_reference.target_url = f"file:///home/me/My%20films/{Path(clip.media_reference.target_url).name}"
        clip.media_reference.available_range = None
    assert back(timeline, film) == film.edits


def test_a_replaced_file_is_the_shots_media(film, timeline, tmp_path):
    (tmp_path / "my garden.png").write_bytes(b"picture")
    clip = clips(timeline)[2]
    clip.media_reference = otio.schema.ExternalReference("my%20garden.png")
    assert back(timeline, film, tmp_path, keep) == Edits(media={"s3": Media(asset=KEPT)})
    clip.media_reference = otio.schema.ExternalReference((tmp_path / "my garden.png").as_uri())
    clip.media_reference.available_range = otio.opentime.TimeRange(
        otio.opentime.RationalTime(90_000, 25), otio.opentime.RationalTime(500, 25)
    )
    lasts(clip, clip.source_range.duration.value, 30, 30 * 3602)
    assert back(timeline, film, tmp_path, keep) == Edits(media={"s3": Media(asset=KEPT, start_s=2)})
    clip.media_reference = otio.schema.ExternalReference("gone.png")
    with pytest.raises(BadInput, match=r"gone\.png, which does not exist"):
        back(timeline, film, tmp_path, keep)


def test_a_foreign_clip_named_after_a_shot_stands_in_for_it(film, timeline, tmp_path):
    (tmp_path / "garden.mp4").write_bytes(b"clip")
    mine = otio.schema.Clip(
        "s2 · my garden", otio.schema.ExternalReference("garden.mp4"), clips(timeline)[1].source_range
    )
    lay(timeline, [clips(timeline)[0], mine, *clips(timeline)[2:]])
    made = back(timeline, film, tmp_path, keep)
    assert made.media == {"s2": Media(asset=KEPT)}
    assert made.order is None


@pytest.mark.parametrize("name", ["take #2.mp4", "who?.mp4", "s3.mp4", "film.mp4", "own-media/s3.mp4"])
def test_a_file_of_ones_own_is_taken_whatever_it_is_called(film, timeline, tmp_path, name):
    (tmp_path / "own-media").mkdir()
    (tmp_path / "own-media" / "notes.txt").write_text("mine")
    (tmp_path / name).write_bytes(b"garden")
    for url in (name, (tmp_path / name).as_uri()):
        clips(timeline)[2].media_reference = otio.schema.ExternalReference(url)
        assert back(timeline, film, tmp_path, keep) == Edits(media={"s3": Media(asset=KEPT)})


def test_the_films_own_files_are_not_taken(film, timeline, tmp_path):
    (tmp_path / "film.mp4").write_bytes(b"film")
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "s2.mp4").write_bytes(b"shot")
    for clip, name in zip(clips(timeline)[1:], ["s2.mp4", "film.mp4", "my bees-media/s4.mp4"], strict=True):
        clip.media_reference = otio.schema.ExternalReference(name)
    assert back(timeline, film, tmp_path) == film.edits


def test_a_media_folder_with_files_of_ones_own_is_not_replaced(film, tmp_path):
    media = with_media(film, tmp_path)
    assert own_files(media) == []
    (media / "holiday.mp4").write_bytes(b"mine")
    with pytest.raises(BadInput, match=r"my bees-media holds holiday\.mp4"):
        export_otio(film, tmp_path / "film.mp4", tmp_path / "my bees.otio")
    assert (media / "holiday.mp4").read_bytes() == b"mine"


def speed(timeline):
    clips(timeline)[1].effects.append(otio.schema.LinearTimeWarp("Fast", time_scalar=2.0))


def freeze(timeline):
    clips(timeline)[1].effects.append(otio.schema.FreezeFrame())


def split(timeline):
    again = clips(timeline)[1].deepcopy()
    timeline.tracks[0].insert(4, again)


def nest(timeline):
    stack = otio.schema.Stack("Compound 1")
    stack.append(clips(timeline)[1].deepcopy())
    timeline.tracks[0].append(stack)


def foreign(timeline):
    timeline.tracks[0].append(otio.schema.Clip("IMG_0042.jpg", source_range=clips(timeline)[0].source_range))


def above(timeline):
    track = otio.schema.Track("V2", kind="Video")
    track.append(otio.schema.Clip("logo.png", source_range=clips(timeline)[0].source_range))
    timeline.tracks.append(track)


def empty(timeline):
    lay(timeline, [])


def generator(timeline):
    clips(timeline)[0].media_reference = otio.schema.GeneratorReference("Bars", "SMPTEBars")


def two_captions(timeline):
    clips(timeline)[0].markers[0].name = "one"
    clips(timeline)[0].markers[0].comment = "two"


def too_long(timeline):
    clips(timeline)[0].markers[0].name = "word " * 200


def no_ranges(timeline):
    clips(timeline)[1].source_range = None
    clips(timeline)[1].media_reference = otio.schema.MissingReference()


def no_rate(timeline):
    lasts(clips(timeline)[1], 30, 0)


def no_rate_of_the_file(timeline):
    clips(timeline)[1].media_reference = otio.schema.ExternalReference(__file__)
    clips(timeline)[1].media_reference.available_range = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 0))


def no_rate_of_a_marker(timeline):
    clips(timeline)[1].metadata.clear()
    clips(timeline)[1].markers[0].metadata.clear()
    clips(timeline)[1].markers[0].marked_range = otio.opentime.TimeRange(otio.opentime.RationalTime(3, 0))


def bad_url(timeline):
    clips(timeline)[1].media_reference = otio.schema.ExternalReference("file://[x")


def bad_web_url(timeline):
    clips(timeline)[1].media_reference = otio.schema.ExternalReference("http://[x")


def for_ever(timeline):
    lasts(clips(timeline)[0], 30 * 60 * 60 * 9, 30)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (speed, "Clip 's2 · .* runs at another speed"),
        (freeze, "Clip 's2 · .* runs at another speed"),
        (split, "Shot s2 is shown by 2 clips. Join the parts"),
        (nest, "'Compound 1' on the picture track is a stack. Take nested"),
        (foreign, r"Clip 'IMG_0042\.jpg' is no shot of this film. .*s1"),
        (above, r"Clip 'logo\.png' lies on track 'V2'"),
        (empty, "shows no shot"),
        (generator, "GeneratorReference"),
        (two_captions, "two new captions: “one” and “two”"),
        (too_long, "captions.s1"),
        (for_ever, "beats.s1"),
        (no_ranges, "Clip 's2 · .* cannot be read: .*range"),
        (no_rate, "Clip 's2 · .* cannot be read: .*rate|frames per second"),
        (no_rate_of_the_file, "Clip 's2 · .* cannot be read: .*frames per second"),
        (no_rate_of_a_marker, "Clip 's2 · .* cannot be read: .*frames per second"),
        (bad_url, "Clip 's2 · .* cannot be read: "),
        (bad_web_url, "Clip 's2 · .* does not exist"),
    ],
)
def test_what_a_film_cannot_show_is_named(film, timeline, spoil, said):
    spoil(timeline)
    with pytest.raises(BadInput, match=said):
        back(timeline, film)


# Files


@pytest.mark.parametrize("suffix", [".otio", ".otiod", ".otioz"])
def test_every_form_of_file_is_read(film, timeline, tmp_path, suffix):
    if suffix == ".otioz":
        for clip in timeline.find_clips():
            clip.media_reference = otio.schema.MissingReference()
    for clip in timeline.find_clips():
        if suffix == ".otiod":
            clip.media_reference.target_url = (tmp_path / unquote(clip.media_reference.target_url)).as_uri()
    path = tmp_path / f"film{suffix}"
    otio.adapters.write_to_file(timeline, str(path))
    assert edits_from(read_otio(path), film, path if path.is_dir() else tmp_path, refuse) == film.edits


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.otio", b""),
        ("a.otio", b"not json"),
        ("a.otio", b"{}"),
        ("a.otio", b"[]"),
        ("a.otio", b"\x00\xff"),
        ("a.otio", json.dumps({"OTIO_SCHEMA": "Clip.2", "name": "x"}).encode()),
        ("a.otio", json.dumps({"OTIO_SCHEMA": "SerializableCollection.1", "children": []}).encode()),
        ("a.otio", json.dumps({"OTIO_SCHEMA": "Timeline.999"}).encode()),
        ("a.otioz", b"PK\x03\x04broken"),
        ("a.xml", b"<xmeml/>"),
        ("a", b""),
    ],
)
def test_a_corrupt_file_is_told(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=name.replace(".", r"\.")):
        read_otio(tmp_path / name)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(BadInput, match="There is no timeline at"):
        read_otio(tmp_path / "none.otio")


def test_a_truncated_timeline_is_told(timeline, tmp_path):
    text = timeline.to_json_string()
    (tmp_path / "half.otio").write_text(text[: len(text) // 2])
    with pytest.raises(BadInput, match=r"half\.otio"):
        read_otio(tmp_path / "half.otio")


def test_a_collection_with_one_timeline_is_read(film, timeline, tmp_path):
    path = tmp_path / "project.otio"
    otio.adapters.write_to_file(otio.schema.SerializableCollection("Project", [timeline]), str(path))
    assert edits_from(read_otio(path), film, tmp_path, refuse) == film.edits
