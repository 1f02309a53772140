from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.engines import engine, identity
from infra.engines.speech import english, mandarin
from infra.engines.speech.letters import Letters
from infra.engines.speech.lexicon import lexicon
from infra.engines.speech.numerals import spoken
from infra.engines.speech.reading import phrases, read
from infra.errors import BadInput, UnknownName

SAID = [
    ("In 2026, 12%", "In twenty twenty-six , twelve percent"),
    ("$3.5 million", "three point five million dollars"),
    ("$4.99, £1", "four dollars and ninety-nine cents , one pound"),
    ("At 7:30 pm", "At seven thirty P M"),
    ("May 5, 1984", "May fifth , nineteen eighty-four"),
    ("the 1990s", "the nineteen nineties"),
    ("King Henry VIII, World War II.", "King Henry the eighth , World War two ."),
    ("10–20 kg at -5°C", "ten to twenty kilograms at minus five degrees celsius"),
    ("Dr. Smith vs. COVID-19", "doctor Smith versus COVID nineteen"),
    ("3/4 of 1,234,567", "three quarters of one million two hundred thirty-four thousand five hundred sixty-seven"),
    ("1914–1918 word—another", "nineteen fourteen to nineteen eighteen word — another"),
    ("**bold** 🐝 [x]", "bold x"),
    ("the U.S. grew 1st", "the US grew first"),
    ("½ cup, 5G, call 555-1234", "one half cup , five G , call five five five , one two three four"),
]
CHINESE_NUMBERS = [
    ("2026年", "二零二六年"),
    ("12%", "百分之十二"),
    ("$3.5亿", "三点五亿美元"),
    ("-5℃", "零下五摄氏度"),
    ("2026-11-22", "二零二六年十一月二十二日"),
    ("10-20kg", "十到二十公斤"),
    ("3/4", "四分之三"),
    ("7:30", "七点三十分"),
    ("3:2", "三比二"),
    ("20%~30%", "百分之二十到百分之三十"),
    ("２０２６年", "二零二六年"),
    ("1,234,567", "一百二十三万四千五百六十七"),
]


@pytest.mark.parametrize(("written", "said"), SAID)
def test_english_is_written_out(written, said):
    assert " ".join(word for words in spoken(written.split()) for word in words) == said


@pytest.mark.parametrize(("written", "said"), CHINESE_NUMBERS)
def test_chinese_numbers_are_written_out(written, said):
    assert mandarin.spoken_number(written) == said


def test_two_before_a_measure_word():
    assert mandarin.spoken_number("2", "个") == "两"
    assert mandarin.phonemes(mandarin.words("第2次"), str)[1] == mandarin.han("二")


def test_dictionary_suffixes_and_compounds():
    words = lexicon("us")
    assert words.say("honeybees") == "hˈʌnibˌiz"
    assert words.say("stopped") == "stˈɑpt"
    assert words.say("waiting") == "wˈAɾɪŋ"
    assert words.say("NASA") == "nˈæsə"
    assert words.say("EU") == "ˌijˈu"
    assert words.say("CEOs").endswith("ˈOz")
    assert lexicon("gb").say("waiting") == "wˈAtɪŋ"


def test_unknown_words_are_read_by_their_letters():
    assert Letters().say("zorbnak") == "zˈɔɹbnæk"
    assert Letters().say("…") == ""


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("bees live here", "bˈiz lˈɪv"),
        ("the live show", "ðə lˈIv"),
        ("a new record plays", "ɹˈɛkəɹd"),
        ("they record it", "ɹəkˈɔɹd"),
        ("close the door", "klˈOz"),
        ("he has read it", "ɹˈɛd"),
        ("the apple", "ði ˈæpᵊl"),
        ("used to go", "jˈust tə"),
    ],
)
def test_words_of_two_sounds(text, sound):
    assert sound in " ".join(english.phonemes(text.split(), "us"))


@pytest.mark.parametrize(
    "text", ["2026年，约10-20kg的“蜜蜂”……🐝", "用iPhone和ChatGPT（Pu'er tea）。", "🐝你好 world！"]
)
def test_chinese_words_are_the_text_in_order(text):
    assert "".join(word.text for word in read(text, "zh")) == text


def test_latin_words_inside_chinese_are_english():
    sounds = {word.text: word.sound for word in read("我用Python写作", "zh")}
    assert sounds["Python"] == "pˈIθˌɑn"


@pytest.mark.parametrize("text", ["", " \n", "🐝 …", "—", "*_*", "。！"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_text_without_words_is_refused(text, language):
    with pytest.raises(BadInput, match="can be spoken"):
        read(text, language)


@given(
    st.text("aZé0129.,:;!?-–—…'“”()$%°#&+@/ \n🐝中两二十点万亿年只〇½²٣", max_size=24), st.sampled_from(["en", "zh"])
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_refused(text, language):
    try:
        words = [word.text for word in read(text, language)]
    except BadInput:
        return
    whole = text.strip() if language == "zh" else " ".join(text.split())
    assert ("" if language == "zh" else " ").join(words) == whole


def test_long_text_is_cut_at_clauses():
    words = read("One two three, four five six, seven eight nine; ten eleven twelve. " * 3, "en")
    plan = phrases(words, 40)
    assert [index for phrase in plan for index in phrase] == list(range(len(words)))
    assert all(words[phrase[-1]].mark for phrase in plan)
    assert max(sum(len(words[index].sound) + 1 for index in phrase) for phrase in plan) <= 41


def test_names_are_checked_before_weights():
    assert identity("speech", "kokoro").startswith("kokoro:kokoro-82m@")
    with pytest.raises(UnknownName, match="kokoro-82m"):
        identity("speech", "kokoro:koko")


@pytest.fixture(scope="module")
def kokoro():
    return engine("speech", "kokoro")


@pytest.mark.models
@pytest.mark.parametrize(
    ("language", "text", "joint"),
    [("en", "Bees (yes, bees!) 🐝 dance. They fly home.", " "), ("zh", "蜜蜂🐝跳舞，2026年飞回家。", "")],
)
def test_speech_is_whole(kokoro, language, text, joint):
    speech = kokoro.speak(text, language=language, voice=kokoro.voices(language)[0])
    length = len(speech.samples) / speech.rate
    assert speech.samples.dtype == np.float32
    assert np.abs(speech.samples).max() == pytest.approx(10 ** (-3 / 20), abs=0.001)
    assert joint.join(word.text for word in speech.words) == text
    times = [time for word in speech.words for time in (word.start_s, word.end_s)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert length - 0.1 < times[-1] <= length
    assert kokoro.seconds(text, language=language, voice=kokoro.voices(language)[0]) == pytest.approx(length, rel=0.05)


@pytest.mark.models
def test_same_call_same_samples_also_from_threads(kokoro):
    def once(_):
        return kokoro.speak("Bees dance.", language="en", voice="bf_emma").samples

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(once, range(2))
    assert np.array_equal(first, second)


@pytest.mark.models
def test_words_begin_where_they_are_heard(kokoro):
    speech = kokoro.speak("Nobody saw many silver arrows on the yellow sand.", language="en", voice="af_heart")
    change = np.abs(np.diff(speech.samples, prepend=0))
    window = speech.rate // 100
    hiss = np.convolve(change, np.ones(window) / window, "same")
    for word in (word for word in speech.words if word.text[0] == "s"):
        before, inside = (int((word.start_s + shift) * speech.rate) for shift in (-0.05, 0.05))
        assert hiss[inside] > 1.5 * hiss[before], word


@pytest.mark.models
def test_pace_changes_the_length(kokoro):
    slow, fast = (kokoro.speak("Bees dance in the sun.", language="en", voice="af_heart", pace=p) for p in (0.9, 1.2))
    assert len(slow.samples) > 1.15 * len(fast.samples)


@pytest.mark.models
def test_bad_calls_say_why(kokoro):
    with pytest.raises(BadInput, match="can be spoken"):
        kokoro.speak("🐝🐝", language="en", voice="af_heart")
    with pytest.raises(UnknownName, match="af_heart"):
        kokoro.speak("hello", language="en", voice="af_hart")
    with pytest.raises(UnknownName, match="zh voice"):
        kokoro.speak("你好", language="zh", voice="af_heart")
    with pytest.raises(BadInput, match="Pace"):
        kokoro.speak("hello", language="en", voice="af_heart", pace=5)
    with pytest.raises(UnknownName, match="language"):
        kokoro.voices("fr")
