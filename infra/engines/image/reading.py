"""Reading a prompt in English or Chinese: what is to be seen, how often, where, in which light, and from how far."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from infra.art import pieces
from infra.engines.image.places import places

CUES: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cues.toml").read_text(encoding="utf-8"))
IRREGULAR: dict[str, str] = CUES["irregular"]
NUMBERS = {word: int(count) for count, words in CUES["numbers"].items() for word in words}
HAN_NUMBERS = {word: int(count) for count, words in CUES["han_numbers"].items() for word in words}
STOP = frozenset(CUES["ignored"]["words"])
VERBS = frozenset(CUES["verbs"]["words"])
MATERIALS = frozenset(CUES["materials"]["words"])
VERBS_TOO = frozenset(CUES["verbs_too"]["words"])
DETERMINERS = frozenset(CUES["verbs_too"]["determiners"])
GROUPS = {word: int(count) for count, words in CUES["groups"].items() for word in words}
MEASURES = "叶只个位头匹条朵棵颗辆艘架座间本杯把张株名群排片队堆丛些位对双盏根碗壶座栋台"
WORD = re.compile(r"[a-z]+(?:[-'’][a-z]+)*|\d+|[\u3400-\u9fff]+|[\U0001f000-\U0001faff\u2600-\u27bf\u2b50]")
PLAIN_PEOPLE = {
    "boy",
    "girl",
    "man",
    "woman",
    "baby",
    "man-standing",
    "woman-standing",
    "old-man",
    "old-woman",
    "man-walking",
}
PREPOSITIONS = {"in", "at", "on", "inside", "under", "through", "across", "within", "into", "of", "above", "along"}


@dataclass(frozen=True)
class Subject:
    """Something to be seen: ids of *pieces* that can show it, best first, how many, and its *order* in the prompt."""

    word: str
    pieces: tuple[str, ...]
    count: int
    order: int = 0


@dataclass(frozen=True)
class Ask:
    """What a prompt asks for; *rest* are words that no name matched, for a look-up by meaning."""

    subjects: tuple[Subject, ...]
    place: str | None
    light: str | None
    weather: str | None
    shot: str | None
    rest: tuple[str, ...]


def singular(word: str) -> str:
    """The simple singular of an English word."""
    word = word.replace("’", "'").removesuffix("'s").removesuffix("'")
    if word in IRREGULAR:
        return IRREGULAR[word]
    for ending, instead in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("toes", "to")):
        if word.endswith(ending) and len(word) > len(ending) + 2:
            return word[: -len(ending)] + instead
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3 else word


def _key(text: str) -> str:
    """A name as it is looked up: its words in lower case and in the singular."""
    return " ".join(singular(part) for part in WORD.findall(text.lower().replace("-", " ")))


@lru_cache(maxsize=1)
def lexicon() -> dict[str, tuple[str, ...]]:
    """Words and phrases (English singular, Chinese) → ids of pieces, best first: own words before names."""
    ranked: dict[str, list[tuple[int, int, str]]] = {}
    for order, piece in enumerate(pieces().values()):
        own = list(enumerate([*piece.words, *piece.words_zh]))
        names = [
            (40, piece.emoji),
            (40, re.sub(r"^(wo)?man ", "", piece.name.lower())),
            (40, piece.name.lower()),
            (40, piece.zh),
        ]
        for rank, word in [*own, *names]:
            key = _key(word)
            if len(key) > 1 or key > "\u3400":
                ranked.setdefault(key, []).append((rank, order, piece.id))
    return {key: tuple(dict.fromkeys(name for _, _, name in sorted(found))) for key, found in ranked.items()}


@lru_cache(maxsize=1)
def _place_words() -> dict[str, str]:
    found: dict[str, str] = {}
    for place in places().values():
        for word in place.words:
            found.setdefault(_key(word), place.name)
    return found


@lru_cache(maxsize=4)
def _cue_words(kind: str) -> dict[str, str]:
    return {_key(word): name for name, words in CUES[kind].items() for word in words}


@lru_cache(maxsize=1)
def _segmenter() -> Any:
    import logging

    import jieba

    jieba.setLogLevel(logging.ERROR)
    words = [*lexicon(), *_place_words()]
    segmenter = jieba.Tokenizer()
    segmenter.initialize()
    for word in words:
        if word > "\u3400" and len(word) > 1:
            segmenter.add_word(word)
    return segmenter


def tokens(prompt: str) -> list[str]:
    """Lower-case English words, segmented Chinese words and emoji, in order; everything else is dropped."""
    found: list[str] = []
    for run in WORD.findall(prompt.lower()[:2000]):
        if "\u3400" < run[0] < "\ua000":
            for word in _segmenter().cut(run):
                found += _known_end(word)
        else:
            found += [part for part in run.split("-") if part]
    return found


def _known_end(word: str) -> list[str]:
    """A Chinese word, split at the longest known name that ends or begins it: 小熊猫 is a 熊猫, 黄昏时分 is 黄昏."""
    known = _known()
    if len(word) < 3 or word in known or word in STOP:
        return [word]
    ends = [cut for cut in range(1, len(word)) if word[cut:] in known]
    starts = [cut for cut in range(len(word) - 1, 1, -1) if word[:cut] in known]
    cut = ends[0] if ends else starts[0] if starts else len(word)
    return [part for part in (word[:cut], word[cut:]) if part]


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Everything that has a meaning here."""
    return frozenset().union(lexicon(), _place_words(), *map(_cue_words, ("light", "weather", "shot")))


def _phrases(words: Sequence[str], start: int) -> Iterator[tuple[int, str]]:
    """(words used, phrase in the singular) from the longest that starts at *start*."""
    for size in range(min(4, len(words) - start), 0, -1):
        part = words[start : start + size]
        joiner = "" if part[0] > "\u3400" else " "
        yield size, joiner.join(singular(word) for word in part)


def _count(words: Sequence[str], start: int, size: int) -> int:
    """How many are meant: a number word or group word nearby, else 1, or 3 for an English plural."""
    phrase = " ".join(words[start : start + size]) if words[start] < "\u3400" else "".join(words[start : start + size])
    if phrase in GROUPS:
        return GROUPS[phrase]
    last, before = words[start + size - 1], list(words[max(0, start - 4) : start])
    if last > "\u3400":
        after = words[start + size] if start + size < len(words) else ""
        text = "".join(before[-3:])[-4:]
        if after in {"们", "群", "成群"} or last.endswith(("们", "群")):
            return 4
        found = (
            count for key, count in HAN_NUMBERS.items() if re.search(f"{key}[{MEASURES}]?[大小老白黑红金的]?$", text)
        )
        return max(found, default=1)
    inside = words[start : start + size]
    plural = any(singular(word) != word or word in {"people", "sheep", "bacteria"} for word in inside)
    for word in (*inside[:-1], *reversed(before)):
        if word.isdigit():
            return min(9, max(1, int(word)))
        if word in NUMBERS and (plural or NUMBERS[word] != 1):
            return NUMBERS[word]
        if word in {"and", "with", "in", "on", "over", "at", "near"}:
            break
    return 3 if plural else 1


def _gender(words: Sequence[str], names: tuple[str, ...]) -> tuple[str, ...]:
    """*names* with those first whose gender the prompt speaks of."""
    text = set(words)
    woman = text & {"woman", "women", "female", "she", "her", "girl", "mother", "grandmother"} or any(
        "女" in word for word in words
    )
    man = text & {"man", "men", "male", "he", "his", "boy", "father", "grandfather"} or any(
        "男" in word for word in words
    )
    if bool(woman) == bool(man):
        return names
    wanted = "woman" if woman else "man"
    return tuple(sorted(names, key=lambda name: not name.startswith(wanted)))


def _cue(words: Sequence[str], kind: str) -> str | None:
    table = _cue_words(kind)
    for start in range(len(words)):
        for _, phrase in _phrases(words, start):
            if phrase in table:
                return table[phrase]
    return None


def read(prompt: str) -> Ask:
    """What *prompt* asks for, by exact words in both languages."""
    words = tokens(prompt)
    subjects: list[Subject] = []
    found_places: list[tuple[bool, str]] = []
    rest: list[str] = []
    cues = {**_cue_words("light"), **_cue_words("weather"), **_cue_words("shot")}
    start = 0
    while start < len(words):
        size = 1
        for length, phrase in _phrases(words, start):
            names, place = lexicon().get(phrase), _place_words().get(phrase)
            if place is not None:
                led = any(word in PREPOSITIONS for word in words[max(0, start - 4) : start]) or phrase > "\u3400"
                found_places.append((led, place))
            if names and not (length == 1 and (phrase in STOP or _does(words, start, subjects))):
                subject = Subject(phrase, _gender(words, names[:6]), _count(words, start, length), start)
                _meet(subjects, subject)
            if names or place:
                size = length
                break
            if length == 1 and _worth(phrase, words[start]) and phrase not in cues:
                rest.append(phrase)
        start += size
    place = next((name for led, name in found_places if led), found_places[0][1] if found_places else None)
    return Ask(
        tuple(subjects),
        place,
        _cue(words, "light"),
        _cue(words, "weather"),
        _cue(words, "shot"),
        tuple(dict.fromkeys(rest)),
    )


def _does(words: Sequence[str], start: int, subjects: Sequence[Subject]) -> bool:
    """Whether an English word is no thing here: *building* in "bees building a hive", *stone* in "a stone temple"."""
    word = words[start]
    if word in MATERIALS and start + 1 < len(words) and singular(words[start + 1]) in lexicon():
        return True
    after_subject = bool(subjects) and start - subjects[-1].order <= len(subjects[-1].word.split())
    if word.endswith("ing") and word not in VERBS:
        following = words[start + 1] if start + 1 < len(words) else ""
        names = lexicon().get(word, ())
        person = bool(names) and pieces()[names[0]].kind == "person"
        return not person and (after_subject or following in DETERMINERS)
    return singular(word) in VERBS_TOO and (
        after_subject or (start > 1 and not DETERMINERS & set(words[max(0, start - 3) : start]))
    )


def _meet(subjects: list[Subject], new: Subject) -> None:
    """Add *new*, unless it is what somebody already seen does: a plain person then takes that pose, others do not."""
    if any(subject.pieces[0] == new.pieces[0] for subject in subjects):
        return
    doing = new.word.endswith("ing") or new.word in VERBS
    doers = [
        index
        for index, subject in enumerate(subjects)
        if pieces()[subject.pieces[0]].kind in {"person", "animal", "figure"}
    ]
    if not doing or not doers or pieces()[new.pieces[0]].kind != "person":
        subjects.append(new)
        return
    doer = subjects[doers[0]]
    if doer.pieces[0] in PLAIN_PEOPLE:
        subjects[doers[0]] = Subject(doer.word, new.pieces, doer.count, doer.order)


def _worth(phrase: str, word: str) -> bool:
    """Whether a word that is no name may still mean something that can be shown."""
    if phrase in STOP:
        return False
    if phrase > "\u3400":
        return (
            len(phrase) > 1 and phrase not in HAN_NUMBERS and not (phrase[0] in HAN_NUMBERS and phrase[1:] in MEASURES)
        )
    if word in STOP or phrase in NUMBERS or len(phrase) < 4 or phrase.isdigit():
        return False
    return not word.endswith(("ing", "ed", "ly", "ous", "ful", "ive", "ish", "able"))
