"""The studio's words: the same in both languages, none missing, none left over."""

import re

import pytest
from javascript import PAIR, SCRIPTS, code, text

LANGUAGES = ("en", "zh-CN")
HOLE = re.compile(r"\{(\w+)\}")
ASKED = re.compile(r"\bt\(([^()]*)")
KEY = re.compile(r"""['"]([a-z]\w*\.[\w.:-]*\w)['"]""")
BEGUN = re.compile(r"""`([a-z]\w*\.[\w.-]*)\$\{|['"]([a-z]\w*\.(?:[\w-]+\.)*)['"]\s*\+""")
"""The beginning of keys of which the rest is a value: t(`state.${run.state}`)."""
WHOLLY = ("motion.", "transition.")
"""Keys of which the code says no part: t(`${name}.${kind}`)."""
HAN = re.compile(r"[\u4e00-\u9fff]")
SAME = re.compile(
    r"^(?:[\W\d_]|\{\w+\}|[A-Z0-9]{1,5}\b|Flywheel|Studio|Prefect|WebVTT|SRT|MP4|bpm|BPM|n|ms|fps|px|s|dB|LUFS)*$"
)
"""What may read the same in both languages: signs, numbers, names, units."""
OWN_NAMES = {"中文"}
"""What is Chinese for English readers, too: how one finds back to one's language."""


def words(language: str) -> dict[str, str]:
    return {key: single or double for _, key, single, double in PAIR.findall(text(f"i18n/{language}.js"))}


CODE = {name: code(name) for name in SCRIPTS if not name.startswith(("vendor/", "i18n/"))}
"""Each script but the catalogues."""


def test_both_languages_have_the_same_keys_each_once():
    keys = {}
    for language in LANGUAGES:
        found = [key for _, key, _, _ in PAIR.findall(text(f"i18n/{language}.js"))]
        assert len(found) == len(set(found)), sorted(key for key in set(found) if found.count(key) > 1)
        keys[language] = set(found)
    assert keys["en"] ^ keys["zh-CN"] == set()
    assert len(keys["en"]) > 5


def test_every_line_of_a_catalogue_is_understood_here():
    for language in LANGUAGES:
        lines = text(f"i18n/{language}.js").splitlines()
        rest = [PAIR.sub("", line).strip(" ,") for line in lines]
        assert [line for line in rest if line and not line.startswith(("//", "/*", "*", "export", "}"))] == []


def test_both_languages_have_the_same_holes():
    english, chinese = words("en"), words("zh-CN")
    differing = {key for key in english if set(HOLE.findall(english[key])) != set(HOLE.findall(chinese.get(key, "")))}
    assert differing == set()


def begun(script: str) -> set[str]:
    return {written or added for written, added in BEGUN.findall(script)}


@pytest.mark.parametrize("name", CODE)
def test_every_key_that_the_code_asks_for_exists(name):
    asked = ASKED.findall(CODE[name])
    assert {key for call in asked for key in KEY.findall(call)} - words("en").keys() == set()
    for prefix in {prefix for call in asked for prefix in begun(call)}:
        assert any(key.startswith(prefix) for key in words("en")), prefix


def test_every_key_is_used():
    everything = "\n".join(CODE.values())
    named, prefixes = (
        set(KEY.findall(everything)) | set(re.findall(r"""['"](\w+)['"]""", everything)),
        begun(everything),
    )
    unused = {key for key in words("en").keys() - named if not key.startswith((*prefixes, *WHOLLY))}
    assert unused == set()


def test_everything_is_translated():
    english, chinese = words("en"), words("zh-CN")
    assert {key: text for key, text in english.items() if chinese.get(key) == text and not SAME.match(text)} == {}
    assert {key: text for key, text in chinese.items() if not HAN.search(text) and not SAME.match(text)} == {}
    assert {key: text for key, text in english.items() if HAN.search(text) and text not in OWN_NAMES} == {}
