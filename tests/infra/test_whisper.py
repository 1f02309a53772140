import numpy as np
import pytest

from infra.engines import engine, identity
from infra.engines.transcribe.errors import error_rate
from infra.errors import BadInput, UnknownName

SAME_ENGLISH = [
    ("2026", "twenty twenty-six"),
    ("In 1905, or 1984.", "in nineteen oh five or nineteen eighty four"),
    ("12% of $3.5 million", "twelve percent of three point five million dollars"),
    ("It cost $4.99!", "it cost four dollars and ninety-nine cents"),
    ("1,234 bees", "one thousand two hundred and thirty-four bees"),
    ("the 1st and the 22nd", "The first and the twenty-second."),
    ("U.S. and U.K. — it’s a café", "US and UK, it's a cafe"),
    ("7.9 billion", "7,900,000,000"),
    ("wait a second", "Wait a second…"),
    ("3/4 of 250 g", "three-quarters of 250 grams"),
    ("one two three", "1 2 3"),
]
SAME_CHINESE = [
    ("2026年，增长了12%。", "二零二六年增长了百分之十二"),
    ("3.5亿人", "三点五亿人"),
    ("1.5万人", "一万五千人"),
    ("两只猫，十个人", "2只猫 10个人"),
    ("1,234,567", "一百二十三万四千五百六十七"),
    ("7:30的iPhone手机", "七点三十分的 IPHONE 手机"),
]


@pytest.mark.parametrize(("reference", "heard"), SAME_ENGLISH)
def test_english_spelling_is_no_error(reference, heard):
    assert error_rate(reference, heard, "en") == 0
    assert error_rate(heard, reference, "en") == 0


@pytest.mark.parametrize(("reference", "heard"), SAME_CHINESE)
def test_chinese_spelling_is_no_error(reference, heard):
    assert error_rate(reference, heard, "zh") == 0
    assert error_rate(heard, reference, "zh") == 0


def test_changed_lost_and_added_units_count():
    assert error_rate("one bee flies home", "1 bee flies", "en") == 0.25
    assert error_rate("a bee flies home", "a bee dies at home", "en") == 0.5
    assert error_rate("蜜蜂采蜜", "蜜蜂才蜜了", "zh") == 0.5
    assert error_rate("2026", "2027", "en") == 1


def test_empty_texts():
    assert error_rate("", "", "en") == 0
    assert error_rate("🐝", "bee", "en") == 1
    assert error_rate("bee", "", "en") == 1
    with pytest.raises(UnknownName):
        error_rate("a", "a", "fr")


@pytest.fixture(scope="module")
def whisper():
    return engine("transcribe", "whisper")


@pytest.mark.models
def test_it_hears_what_kokoro_says(whisper):
    text = "Honeybees dance to show the way."
    speech = engine("speech", "kokoro").speak(text, language="en", voice="af_heart")
    heard = whisper.transcribe(speech.samples, speech.rate, language="en")
    assert error_rate(text, heard.text, "en") <= 0.17
    assert heard.language == "en"
    starts = [word.start_s for word in heard.words]
    assert starts == sorted(starts)


@pytest.mark.models
def test_silence_has_no_words(whisper):
    assert whisper.transcribe(np.zeros(0, np.float32), 24_000, language="en").words == ()


@pytest.mark.models
def test_it_refuses_what_is_no_mono_sound(whisper):
    with pytest.raises(BadInput, match="mono"):
        whisper.transcribe(np.zeros((2, 100), np.float32), 24_000)
    with pytest.raises(BadInput, match="not numbers"):
        whisper.transcribe(np.full(100, np.nan, np.float32), 24_000)


@pytest.mark.models
def test_identity_needs_no_weights(whisper):
    assert identity("transcribe", "whisper") == whisper.identity


def test_an_unknown_model_is_refused():
    with pytest.raises(UnknownName, match="whisper-base"):
        identity("transcribe", "whisper:whisper-bas")
