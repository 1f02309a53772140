"""Words are compared with the same words as heard, however late, misheard or cut they are."""

import pytest

from infra.engines import SpokenWord, Transcript
from tasks.hearing import ABSENT, DEAF, UNLIT, UNMATCHED, Listened, Timed, against, compared, hear, lit_words, summed
from tasks.schema import Asset, Clip, Frame, Shot, Timeline, Word

NOTHING = Asset(sha256="0" * 64, media_type="image/png", size_bytes=1)
TEXTS = {
    "en": ("Bees see twenty flowers.", "They fly home at night."),
    "zh": ("茶来自云南。", "水要热一点。"),
}


def words_of(text, language):
    pieces = text.split() if language == "en" else [text[k : k + 2] for k in range(0, len(text) - 1, 2)]
    return tuple(Word(text=piece, start_ms=300 * k, end_ms=300 * k + 250) for k, piece in enumerate(pieces))


def timeline(language):
    shots = tuple(
        Shot(
            segment=f"s{k}",
            beats=6,
            motion="push",
            transition="cut",
            transition_frames=0,
            lead_ms=500,
            caption=text,
            frame=Frame(asset=NOTHING, width=160, height=90),
            clip=Clip(asset=NOTHING, duration_ms=1800, voice="v", pace=1, words=words_of(text, language)),
        )
        for k, text in enumerate(TEXTS[language], 1)
    )
    return Timeline(width=160, height=90, fps=25, bpm=120, language=language, shots=shots)


def heard(line, late_s, *, change=None):
    """The transcript of exactly what is said, *late_s* later; *change* maps words to what is heard instead."""
    spoken = [
        SpokenWord((change or {}).get(w.text, w.text), at_s + w.start_ms / 1000 + late_s, at_s + w.end_ms / 1000)
        for shot, at_s in zip(line.shots, (0.5, 3.5), strict=True)
        for w in shot.clip.words
    ]
    joint = " " if line.language == "en" else ""
    return Transcript(joint.join(word.text for word in spoken), line.language, tuple(spoken))


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("late_s", [0.0, 0.1, 2.0])
def test_late_words_are_late_by_so_much(language, late_s):
    line = timeline(language)
    found = compared(line, heard(line, late_s), 0.0, "ear/1")
    assert found.voice.median_ms == found.voice.largest_ms == late_s * 1000
    assert found.voice.matched == found.voice.words == sum(len(s.clip.words) for s in line.shots)
    assert found.error_rate == 0
    assert found.lit.median_ms == pytest.approx(late_s * 1000, abs=20)
    assert found.lit.matched == found.lit.words > 0


def test_when_the_first_sample_is_played_counts():
    line = timeline("en")
    assert compared(line, heard(line, 0), 0.1, "ear/1").voice.median_ms == 100


def test_what_is_misheard_is_counted_and_not_compared():
    line = timeline("en")
    found = compared(line, heard(line, 0, change={"They": "Day", "twenty": "20"}), 0, "ear/1")
    assert found.error_rate == pytest.approx(1 / 9, abs=1e-4)
    first, second = found.segments
    assert (first.error_rate, second.error_rate) == (0, 0.2)
    assert (first.voice.matched, second.voice.matched, second.voice.words) == (4, 4, 5)
    assert second.text == "Day fly home at night."


def test_words_are_lit_in_the_frames_that_are_rendered():
    line = timeline("en")
    lit = lit_words(line)
    assert [word.text for word in lit] == " ".join(TEXTS["en"]).split()
    spoken = [0.5 + 0.3 * k for k in range(4)] + [3.5 + 0.3 * k for k in range(5)]
    assert all(word.at_s == pytest.approx(at_s, abs=0.501 / 25) for word, at_s in zip(lit, spoken, strict=True))
    assert all(word.at_s * 25 == pytest.approx(round(word.at_s * 25)) for word in lit)


def test_nothing_to_compare_says_why():
    assert summed([None, None]).reason == UNMATCHED
    assert summed([], UNLIT).reason == UNLIT
    assert against([Timed("bees", 1, 0)], [], "en", 1) == [[None]]


@pytest.mark.parametrize(("transcriber", "said"), [("none", ABSENT), ("sketch", DEAF)])
def test_a_transcriber_without_words_measures_nothing_and_is_named(transcriber, said):
    import numpy as np

    tone = np.sin(np.arange(48_000) / 10).astype(np.float32)
    found = hear(timeline("en"), Listened(tone, 48_000, 0), transcriber)
    assert (found.reason, found.error_rate, found.segments) == (said, None, ())
    assert found.transcriber == {"none": "not measured", "sketch": "sketch-transcribe/1"}[transcriber]
