import hashlib
import itertools
import subprocess
import sys

import numpy as np
import pytest

from infra.engines import engine, identity
from infra.engines.music.composer import BED, Composer
from infra.engines.music.harmony import chord, local_scale, voicing
from infra.engines.music.moods import MOODS, RHODES
from infra.engines.music.sampler import Note, Sampler
from infra.engines.music.score import notes, sections, write
from infra.engines.music.soundfont import DRUMS, KIT, PRESETS, Soundfont, subset
from infra.errors import BadInput, UnknownName

RATE = 48000


@pytest.fixture(scope="module")
def composer():
    return Composer()


def decibels(x):
    return 20 * np.log10(np.sqrt(np.mean(np.square(x))) + 1e-12)


def novelty(sound):
    """Rise of the short-time level of the treble, one value per millisecond."""
    mono = np.diff(sound.sum(axis=1), n=2)
    frames = mono[: len(mono) // 48 * 48].reshape(-1, 48)
    level = np.convolve((frames**2).mean(axis=1), np.ones(3) / 3, "same")
    return np.maximum(np.diff(np.sqrt(level), prepend=0), 0)


def grid_offset_ms(sound, bpm, beats):
    """How far the attacks lie from the beat grid, in milliseconds, as the best fit over ±60 ms."""
    rise = novelty(sound)
    offsets = range(-60, 61)
    at = [[int(k * 60_000 / bpm + o) for k in beats] for o in offsets]
    return offsets[int(np.argmax([rise[np.clip(a, 0, len(rise) - 1)].sum() for a in at]))]


@pytest.mark.parametrize(
    ("mood", "bpm", "beats"),
    [
        ("calm", 92.3, 21),
        ("epic", 40, 4),
        ("happy", 219.7, 5),
        ("sad", 72, 7),
        ("tense", 120, 33),
        ("mysterious", 60, 1),
    ],
)
def test_lasts_exactly_its_beats_and_dies_away(composer, mood, bpm, beats):
    bed = composer.compose(mood, bpm=bpm, beats=beats, seed=3)
    assert bed.shape == (round(beats * 60 / bpm * RATE), 2)
    assert bed.dtype == np.float32
    assert 0.6 < np.abs(bed).max() < 0.71
    assert not bed[-RATE // 25 :].any()
    steps = np.abs(np.diff(bed[-RATE:], axis=0)).max()
    assert steps < 0.1


@pytest.mark.parametrize(("mood", "bpm"), [("happy", 92.3), ("calm", 80.7), ("tense", 133.1), ("sad", 61)])
def test_attacks_lie_on_the_grid_from_first_to_last(composer, mood, bpm):
    beats = 40
    bed = composer.compose(mood, bpm=bpm, beats=beats, seed=1)
    assert abs(grid_offset_ms(bed, bpm, range(4, 18))) <= 4
    assert abs(grid_offset_ms(bed, bpm, range(18, 32))) <= 4


def test_same_seed_same_bytes_in_any_process(composer):
    script = (
        "import hashlib; from infra.engines.music.composer import Composer as C;"
        "print(hashlib.sha256(C().compose('happy', bpm=97.5, beats=12, seed=5).tobytes()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.strip()
    here = [composer.compose("happy", bpm=97.5, beats=12, seed=seed) for seed in (5, 6)]
    assert [hashlib.sha256(bed.tobytes()).hexdigest() == other for bed in here] == [True, False]


@pytest.mark.parametrize("mood", MOODS)
def test_leaves_the_middle_to_the_voice(composer, mood):
    bed = composer.compose(mood, bpm=MOODS[mood].pulse, beats=24, seed=2)
    power = np.abs(np.fft.rfft(bed.sum(axis=1))) ** 2
    hertz = np.fft.rfftfreq(len(bed), 1 / RATE)
    speech = power[(hertz >= 1000) & (hertz < 4000)].sum() / power.sum()
    assert speech < 0.12
    assert np.corrcoef(bed.T)[0, 1] < 0.98


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("bpm", [40, 92.3, 220])
@pytest.mark.parametrize("beats", [4, 7, 30, 2000])
def test_score_fits_its_length_and_its_harmony(mood, bpm, beats):
    score = write(mood, bpm=bpm, beats=beats, seed=9)
    tonal = {name: part for name, part in MOODS[mood].parts.items() if part.role in {"pad", "chords", "arp"}}
    bar = (beats - score.ring_beat) * 60 / bpm
    assert score.ring_beat == 0 or bar >= 2.4
    for name, part in MOODS[mood].parts.items():
        for event in score.events[name]:
            assert 0 <= event.start < beats
            assert 0 < event.velocity <= 1
            assert abs(event.late_s) <= 0.004
            if part.role == "melody":
                assert part.low <= event.key <= part.high
    per_measure = score.ring_beat / max(1, len(score.measures))
    for name in tonal:
        for event in score.events[name]:
            if event.start < score.ring_beat:
                assert event.key % 12 in score.measures[int(event.start / per_measure)].harmony.pitches


def test_ends_on_the_tonic():
    for mood, seed in itertools.product(MOODS, range(4)):
        score = write(mood, bpm=96, beats=64, seed=seed)
        bass = [
            e.key
            for name, part in MOODS[mood].parts.items()
            if part.role == "bass"
            for e in score.events[name]
            if e.start == score.ring_beat
        ]
        assert {key % 12 for key in bass} == {score.tonic}
        assert score.measures[-1].kind == "cadence"


def test_melody_comes_back():
    score = write("calm", bpm=78, beats=160, seed=1)
    sections_a = [m.index for m in score.measures if m.kind == "A" and m.place == 0]
    rhythm = [
        [round(e.start - 4 * at, 3) for e in score.events["bells"] if 0 <= e.start - 4 * at < 8] for at in sections_a
    ]
    assert len(rhythm) > 1
    assert rhythm[0]
    assert all(again == rhythm[0] for again in rhythm)


@pytest.mark.parametrize("measures", range(60))
def test_form_adds_up(measures):
    form = sections(measures)
    assert sum(length for _, length in form) == measures
    if measures >= 8:
        assert (form[0][0], form[-1]) == ("intro", ("cadence", 2))


def test_data_is_well_formed():
    for mood in MOODS.values():
        assert {name for layer in mood.layers.values() for name in layer} == set(mood.parts)
        for part in mood.parts.values():
            kits = [pattern for kit in (*part.kit, part.kit_fill) for pattern in kit.values()]
            assert {len(pattern) for pattern in (*part.patterns, *kits, part.fill)} <= {0, 16}
        assert {len(motif) for motif in mood.motifs} == {32}
        for line in (*mood.verse, *mood.bridge, mood.cadence, mood.final):
            assert [chord(numeral, 0) for numeral in line.split()]


def test_harmony():
    assert chord("bVImaj7", 0).pitches == (8, 0, 3, 7)
    assert chord("Vsus4", 2).pitches == (9, 2, 4)
    with pytest.raises(ValueError, match="numeral"):
        chord("H", 0)
    first = voicing(chord("I", 0), (), 50, 74, 4)
    second = voicing(chord("vi", 0), first, 50, 74, 4)
    assert sum(abs(a - b) for a, b in zip(first, second, strict=True)) <= 6
    assert local_scale((0, 2, 3, 5, 7, 8, 10), chord("V", 0)) == (2, 3, 5, 7, 8, 11)
    assert list(notes("x--.x...........")) == [(0, 0.75, "x"), (1, 0.25, "x")]


def test_soundfont_is_its_own_subset_and_in_tune():
    font = Soundfont(BED)
    assert subset(font, [*((0, preset) for preset in PRESETS), (DRUMS, 0)], KIT) == BED.read_bytes()
    sampler = Sampler(font, RATE)
    for key in (50, 57, 64, 71):
        tone = sampler.play(0, RHODES, [Note(0, 2 * RATE, key, 0.8)], 2 * RATE, struck=True)[RATE // 4 :]
        power = np.abs(np.fft.rfft(tone * np.hanning(len(tone)), 8 * len(tone)))
        hertz = np.fft.rfftfreq(8 * len(tone), 1 / RATE)
        wanted = 440 * 2 ** ((key - 69) / 12)
        near = (hertz > wanted * 0.94) & (hertz < wanted * 1.06)
        assert abs(1200 * np.log2(hertz[near][np.argmax(power[near])] / wanted)) < 6


def test_refuses_what_it_cannot_play(composer):
    with pytest.raises(UnknownName, match="calm"):
        composer.compose("clam", bpm=90, beats=8, seed=1)
    with pytest.raises(BadInput):
        composer.compose("calm", bpm=0, beats=8, seed=1)
    with pytest.raises(BadInput):
        Composer("large")
    assert composer.identity == identity("music", "composer")


def test_sketch_is_exact():
    sketch = engine("music", "sketch")
    sound = sketch.compose("sad", bpm=92.3, beats=13, seed=1)
    assert sound.shape == (round(13 * 60 / 92.3 * RATE), 2)
    assert np.array_equal(sound, sketch.compose("sad", bpm=92.3, beats=13, seed=1))
    assert abs(grid_offset_ms(sound, 92.3, range(1, 12))) <= 2
    with pytest.raises(UnknownName):
        sketch.compose("clam", bpm=90, beats=4, seed=1)
