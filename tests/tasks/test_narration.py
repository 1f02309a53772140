"""Clips are measured, never silent, and brought to another pace by stretching, not by speaking again."""

import numpy as np
import pytest

from infra.engines import Speech, SpokenWord, engine
from infra.engines.speech.sketch import Sketch
from infra.errors import BadInput, EngineFailed
from infra.media import audio
from tasks.assets import path_of
from tasks.narration import fit_clip, fitted, speak

CAPTION = "Bees see colours that we cannot."


@pytest.fixture
async def clip(home):
    return await speak.body(CAPTION, "en", "sketch_en")


async def test_a_clip_is_measured(clip):
    samples, rate = audio.read(path_of(clip.asset))
    assert clip.duration_ms == -(-len(samples) * 1000 // rate)
    assert clip.pace == 1
    assert [word.text for word in clip.words][:2] == ["Bees", "see"]


@pytest.mark.parametrize("pace", [0.92, 0.97, 1.04, 1.08])
async def test_a_fitted_clip_has_its_length_and_its_words_their_times(clip, pace):
    fit = await fit_clip.body(clip, pace)
    samples, rate = audio.read(path_of(fit.asset))
    assert len(samples) / rate * 1000 == pytest.approx(clip.duration_ms / pace, abs=1)
    assert fit.duration_ms == -(-len(samples) * 1000 // rate)
    assert fit.pace == pace
    assert fit.voice == clip.voice
    assert [word.text for word in fit.words] == [word.text for word in clip.words]
    for before, after in zip(clip.words, fit.words, strict=True):
        assert after.start_ms == pytest.approx(before.start_ms / pace, abs=0.5)
        assert after.end_ms <= fit.duration_ms
    assert fit == await fit_clip.body(clip, pace)


async def test_pace_one_costs_nothing(clip, monkeypatch):
    monkeypatch.setattr(fit_clip, "run", None)
    monkeypatch.setattr("tasks.narration.fit_clip", None)
    assert await fitted([clip, clip], [1.0, 1.0]) == (clip, clip)


async def test_a_clip_is_fitted_once(clip):
    assert await fit_clip.body(clip, 1.0) is clip
    with pytest.raises(BadInput, match="again"):
        await fit_clip.body(await fit_clip.body(clip, 1.04), 1.04)
    with pytest.raises(BadInput, match="pace"):
        await fit_clip.body(clip, 1.3)


@pytest.mark.parametrize("samples", [np.zeros(24_000, np.float32), np.zeros(0, np.float32)], ids=["silence", "nothing"])
async def test_a_voice_that_says_nothing_is_an_error(home, monkeypatch, samples):
    silent = Speech(samples, 24_000, (SpokenWord("Bees", 0, 0.5),))
    monkeypatch.setattr(Sketch, "speak", lambda *_, **__: silent)
    with pytest.raises(EngineFailed, match=CAPTION):
        await speak.body(CAPTION, "en", "sketch_en")


async def test_what_exceeds_full_scale_is_scaled(home, monkeypatch):
    loud = Speech(3 * np.sin(np.arange(24_000, dtype=np.float32) / 20), 24_000, ())
    monkeypatch.setattr(Sketch, "speak", lambda *_, **__: loud)
    clip = await speak.body(CAPTION, "en", "sketch_en")
    samples, _ = audio.read(path_of(clip.asset))
    assert samples == pytest.approx(loud.samples / 3, abs=1e-3)


@pytest.mark.models
@pytest.mark.parametrize(
    ("language", "voice", "caption"),
    [
        ("en", "af_heart", "A honeybee finds its way by the sun, and tells the others where the flowers are."),
        ("zh", "zf_xiaobei", "一杯茶从云南的山上，慢慢走到你的杯子里。"),
    ],
)
@pytest.mark.parametrize("pace", [0.92, 1.08])
async def test_stretched_speech_is_still_understood(home, monkeypatch, language, voice, caption, pace):
    from infra.engines.transcribe.errors import error_rate
    from infra.settings import settings

    monkeypatch.setenv("FLYWHEEL_SPEECH", "kokoro")
    settings.cache_clear()
    clip = await speak.body(caption, language, voice)
    fit = await fit_clip.body(clip, pace)
    samples, rate = audio.read(path_of(fit.asset))
    said = engine("transcribe", "whisper").transcribe(samples, rate, language=language)
    plain, _ = audio.read(path_of(clip.asset))
    before = engine("transcribe", "whisper").transcribe(plain, rate, language=language)
    assert error_rate(caption, said.text, language) <= error_rate(caption, before.text, language) + 0.06
