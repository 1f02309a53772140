import numpy as np
import pytest

from infra.engines import engine, identity
from infra.errors import BadInput, UnknownName


@pytest.fixture(scope="module")
def sketch():
    return engine("speech", "sketch")


@pytest.mark.parametrize(
    ("language", "text", "joint"),
    [("en", "Hello there, bees. They 🐝 fly!", " "), ("zh", "“在云南”，茶叶醒来。2026年ok😀", "")],
)
def test_words_are_the_text_in_order(sketch, language, text, joint):
    speech = sketch.speak(text, language=language, voice="anyone")
    assert joint.join(word.text for word in speech.words) == text
    times = [time for word in speech.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[-1] <= len(speech.samples) / speech.rate + 1e-9
    assert np.abs(speech.samples).max() < 0.5


def test_it_is_deterministic_and_keeps_its_promise(sketch):
    first, second = (sketch.speak("Bees dance in the sun.", language="en", voice="v") for _ in range(2))
    assert np.array_equal(first.samples, second.samples)
    told = sketch.seconds("Bees dance in the sun.", language="en", voice="v")
    assert len(first.samples) / first.rate == pytest.approx(told, abs=0.01)


def test_pace_shortens(sketch):
    normal, fast = (sketch.speak("Bees dance.", language="en", voice="v", pace=pace) for pace in (1.0, 1.25))
    assert len(fast.samples) == pytest.approx(len(normal.samples) / 1.25, rel=0.01)


def test_nothing_to_say_is_refused(sketch):
    with pytest.raises(BadInput, match="can be spoken"):
        sketch.speak("🐝 …", language="en", voice="v")
    with pytest.raises(UnknownName):
        sketch.speak("hola", language="es", voice="v")
    with pytest.raises(BadInput, match="Pace"):
        sketch.speak("hello", language="en", voice="v", pace=0)


def test_identity_needs_no_engine(sketch):
    assert identity("speech", "sketch") == sketch.identity


def test_sketch_transcriber_hears_stretches_not_words(sketch):
    speech = sketch.speak("Hello there, bees. They fly!", language="en", voice="v")
    heard = engine("transcribe", "sketch").transcribe(speech.samples, speech.rate, language="en")
    assert heard.text == ""
    assert [word.text for word in heard.words] == ["…"] * 3
    assert heard.words[1].start_s == pytest.approx(speech.words[2].start_s, abs=0.03)


def test_sketch_transcriber_hears_nothing_in_silence():
    ears = engine("transcribe", "sketch")
    assert ears.transcribe(np.zeros(0, np.float32), 24_000).words == ()
    assert ears.transcribe(np.zeros(24_000, np.float32), 24_000).words == ()
    with pytest.raises(BadInput, match="mono"):
        ears.transcribe(np.zeros((10, 2), np.float32), 24_000)
