"""A tiny deterministic text engine: fills the lines a grammar asks for with plain words, and says "sketch".

It reads rule names, not GBNF at large: `root` with `caption`, `picture` and `mood` gets those three lines; `root` with
`line` gets its number of lines, behind a title if it names one. Lengths are taken from the rules' bounds.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Callable, Sequence

from infra.engines import Message

ONE_SENTENCE = "root ::= caption\nwhole ::= first {9,14} [.!?]"
MOODS = ("calm", "epic", "happy", "mysterious", "sad", "tense")
ADJECTIVES = "quiet golden early gentle silver distant bright patient hidden narrow morning wooden hollow amber".split()  # noqa: SIM905
NOUNS = (  # noqa: SIM905
    "river garden mountain window lantern harbour meadow bridge orchard valley market kitchen forest "
    "island tower street village rooftop workshop stairway fountain library railway lighthouse courtyard "
    "vineyard "
).split()
VERBS = "follows crosses reaches greets watches touches circles passes answers carries opens shelters".split()  # noqa: SIM905
LINKS = ["before a", "behind the", "beside a", "under the", "beyond a", "above the", "near a", "along the"]
SUBJECTS = "山风 灯火 小路 溪水 云影 远山 石桥 窗台 花香 雨声 晨光 渔船 竹林 街角 炊烟 麦浪 钟声 古树 屋檐 星光".split()  # noqa: SIM905
ACTIONS = "轻吹 微亮 弯弯 流过 飘来 醒来 静立 低语 闪动 慢走 升起 相伴 摇动 远去 回响 等待 铺开 落下 相遇 歌唱".split()  # noqa: SIM905


class Sketch:
    """Fills the shape of a grammar with words of the question and of short lists."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(model: str) -> str:  # noqa: ARG004 - it has one model
        """The identity: the recipe's version."""
        return "sketch/1"

    def complete(
        self,
        messages: Sequence[Message],
        *,
        grammar: str | None = None,
        max_tokens: int = 512,  # noqa: ARG002 - the grammar bounds the length
        temperature: float = 0.7,  # noqa: ARG002 - it is always as bold
        seed: int = 0,
        on_text: Callable[[str], None] | None = None,
    ) -> str:
        """Lines of the shape that *grammar* has; one line about the question without one."""
        question = messages[-1]["content"]
        dice = random.Random(zlib.crc32(f"{seed}:{len(messages)}:{question}".encode()))
        rules = dict(re.findall(r"^(\w+) ::= (.*)$", grammar or ONE_SENTENCE, re.MULTILINE))
        told = "\n".join(message["content"] for message in messages)
        topic = (re.findall(r"(?:Topic: |主题：)(.+)", told) or [question])[-1]
        text = "\n".join(_line(rule, rules, topic, dice) for rule in _shape(rules["root"]))
        if on_text:
            for piece in re.findall(r"\S+\s*|\s+", text):
                on_text(piece)
        return text


def _shape(root: str) -> list[str]:
    """Names of the rules of each line of the reply."""
    if "line" not in root:
        return re.findall(r"caption|picture|mood", root)
    count = re.search(r"\{(\d+)\}", root)
    return ["title"] * ("title" in root) + ["line"] * (1 + int(count[1]) if count else 1)


def _line(name: str, rules: dict[str, str], topic: str, dice: random.Random) -> str:
    if name == "mood":
        return dice.choice(MOODS)
    if name == "picture":
        return ", ".join([*_words(topic)[:1], *dice.sample(NOUNS, 3)])
    rule = rules["whole" if name == "caption" else name]
    low, high = (int(bound) + 1 for bound in re.findall(r"\{(\d+),(\d+)\}", rule)[0])
    length = min(high, round(low * 1.3)) if name == "caption" else min(high, low + 3)
    han = '" " word' not in rule
    phrase = _han(topic, length, dice, commas="，" in rule) if han else _english(topic, length, dice)
    return phrase + ("。" if "。" in rule else "." if "[.!?]" in rule else "")


def _english(topic: str, length: int, dice: random.Random) -> str:
    """Exactly *length* words, the first with a capital, the last a noun."""
    words = ["Sketch", *dice.sample(_words(topic), k=min(1, len(_words(topic))))]
    while len(words) < length:
        words += f"{dice.choice(ADJECTIVES)} {dice.choice(NOUNS)} {dice.choice(VERBS)} {dice.choice(LINKS)}".split()
    return " ".join([*words[: length - 1], dice.choice(NOUNS)])


def _han(topic: str, length: int, dice: random.Random, *, commas: bool) -> str:
    """At most *length* characters: 草图, characters of the topic, then pairs of subject and action."""
    found = re.findall(r"[\u4e00-\u9fff]{2,6}", topic)
    parts = ["草图" + (dice.choice(found)[:4] if found and length > 10 else "")]
    gap = "，" if commas else ""
    while len(gap.join(parts)) + len(gap) + 4 <= length:
        parts.append(dice.choice(SUBJECTS) + dice.choice(ACTIONS))
    return gap.join(parts)


def _words(topic: str) -> list[str]:
    return list(re.findall(r"\b[a-z]{4,12}\b", topic.lower()))
