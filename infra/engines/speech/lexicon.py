"""English words → phonemes: misaki's dictionaries (read as data), suffixes, compounds, initials, and letters at last.

Phonemes are misaki's: one character per sound, `ˈ` and `ˌ` before the stressed vowel.
"""

from __future__ import annotations

import importlib.util
import json
import re
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal, cast

from infra.engines.speech.letters import Letters
from infra.engines.speech.tables import table
from infra.errors import PackageMissing

Accent = Literal["us", "gb"]
Role = Literal["NOUN", "VERB", "ADJ", "ADV", "VBD", "None", "DEFAULT"]
"""What a word does in its sentence; `None` (a dictionary key, as text) is a word before a pause."""
Entry = str | dict[str, str | None]

PRIMARY, SECONDARY = "ˈ", "ˌ"
FLAPPING = frozenset("AIOWYiuæɑəɛɪɹʊʌ")
"""American sounds after which a t before a vowel becomes a flap."""
HISSES, VOICELESS, VOICELESS_PAST = frozenset("szʃʒʧʤ"), frozenset("ptkfθ"), frozenset("pkfθʃsʧ")
PREFIXES: dict[str, str] = table("english")["prefixes"]
EXTRA: dict[str, str] = table("english")["words"]
"""Words of our own, American, for what the dictionaries lack or mistake."""


class Lexicon:
    """The words of one accent; loaded once, then only read."""

    def __init__(self, accent: Accent) -> None:
        self.british = accent == "gb"
        self._gold = _dictionary(f"{accent}_gold.json")
        self._silver = _dictionary(f"{accent}_silver.json")

    @cached_property
    def _letters(self) -> Letters:
        return Letters(british=self.british)

    def say(self, word: str, role: Role = "DEFAULT") -> str:
        """Phonemes of *word* (letters, apostrophes, hyphens); always something, however strange the word."""
        if word.isupper() and len(word) > 1:
            return self._capitals(word, role)
        several = re.fullmatch(r"([A-Z]{2,})'?s", word)
        if several:
            return self._with_s(self.say(several[1], role))
        return self.known(word, role) or self._parts(word, role) or self._letters.say(word)

    def spell(self, letters: str) -> str:
        """The names of the letters, the last one stressed: `EU` → `ˌijˈu`."""
        names = [str(self._gold[letter]) for letter in letters.upper() if letter in LETTERS]
        flat = [name.replace(PRIMARY, SECONDARY) for name in names[:-1]]
        return "".join([*flat, *names[-1:]])

    def known(self, word: str, role: Role = "DEFAULT") -> str | None:
        """From the dictionaries, with suffixes taken off and put on again; None if they do not help."""
        lower = word.lower()
        found = self._entry(word, role) or self._entry(lower, role) or self._entry(lower.capitalize(), role)
        return found or self._suffixed(lower, role)

    def _entry(self, word: str, role: Role) -> str | None:
        entry: Entry | None = EXTRA.get(word.lower()) or self._gold.get(word) or self._silver.get(word)
        if not isinstance(entry, dict):
            return entry
        if role == "ADJ" and "ADJ" not in entry and "VERB" not in entry:
            return entry.get("NOUN") or entry["DEFAULT"]
        return entry.get(role) or entry["DEFAULT"]

    def _capitals(self, word: str, role: Role) -> str:
        """NASA is a word, EU is letters, and HELLO is shouted."""
        entry = self._gold.get(word) or self._silver.get(word)
        if isinstance(entry, str):
            return entry
        as_word = self.known(word.lower(), role) if len(word) > 3 else None
        if entry is None and as_word:
            return as_word
        return self.spell(word) if len(word) <= 5 else self.say(word.lower(), role)

    def _suffixed(self, word: str, role: Role) -> str | None:
        for ending, replacements, join in self._endings:
            if not word.endswith(ending) or len(word) < len(ending) + 2:
                continue
            stem = word.removesuffix(ending)
            for replacement in replacements:
                undoubled = stem[:-1] if replacement == "=" else stem + replacement
                if replacement == "=" and (len(stem) < 3 or stem[-1] != stem[-2]):
                    continue
                sound = self._entry(undoubled, role) or (
                    self._suffixed(undoubled, role) if len(undoubled) > 4 else None
                )
                if sound:
                    return join(sound)
        return None

    @cached_property
    def _endings(self) -> list[tuple[str, tuple[str, ...], Callable[[str], str]]]:
        """Ending, what stood in its place (`=`: a doubled letter), and how the sound is joined; longest first."""

        def plain(sound: str) -> Callable[[str], str]:
            return lambda stem: stem + sound

        long_e, er = ("iː", "ə") if self.british else ("i", "əɹ")
        return [
            ("'s", ("",), self._with_s), ("s'", ("",), self._with_s), ("ies", ("y",), self._with_s),
            ("es", ("", "e"), self._with_s), ("s", ("",), self._with_s),
            ("ied", ("y",), self._with_ed), ("ed", ("", "e", "="), self._with_ed),
            ("ing", ("", "e", "="), self._with_ing),
            ("ers", ("", "e", "="), plain(er + "z")), ("er", ("", "e", "="), plain(er)),
            ("iest", ("y",), plain("əst")), ("est", ("", "e", "="), plain("əst")), ("ily", ("y",), plain("li")),
            ("ly", ("",), plain("l" + long_e[0])), ("ness", ("",), plain("nəs")), ("less", ("",), plain("ləs")),
            ("ful", ("",), plain("fᵊl")), ("able", ("", "e", "="), plain("əbᵊl")), ("ment", ("",), plain("mənt")),
            ("like", ("",), plain("lˌIk")), ("wise", ("",), plain("wˌIz")), ("ship", ("",), plain("ʃˌɪp")),
            ("in'", ("",), plain("ɪn")), ("n't", ("",), plain("ᵊnt")), ("'ll", ("",), plain("ᵊl")),
            ("'ve", ("",), plain("əv")), ("'re", ("",), plain(er)), ("'d", ("",), plain("d")),
        ]  # fmt: skip

    def _with_s(self, stem: str) -> str:
        if stem[-1] in HISSES:
            return stem + ("ɪz" if self.british else "ᵻz")
        return stem + ("s" if stem[-1] in VOICELESS else "z")

    def _with_ed(self, stem: str) -> str:
        if stem[-1] in VOICELESS_PAST:
            return stem + "t"
        if stem[-1] not in "dt":
            return stem + "d"
        return self._flapped(stem) + ("ɪd" if self.british else "ᵻd")

    def _with_ing(self, stem: str) -> str:
        linking = "ɹ" if self.british and stem[-1] in "əː" else ""
        return self._flapped(stem) + linking + "ɪŋ"

    def _flapped(self, stem: str) -> str:
        flaps = not self.british and len(stem) > 1 and stem[-1] == "t" and stem[-2] in FLAPPING
        return stem[:-1] + "ɾ" if flaps else stem

    def _parts(self, word: str, role: Role) -> str | None:
        """Hyphens, camel case, a prefix, or two known words in one; the weaker part is stressed less."""
        pieces = [piece for piece in re.split(r"[-_]+|(?<=[a-z])(?=[A-Z])", word) if piece]
        if len(pieces) > 1:
            return " ".join(self.say(piece, role) for piece in pieces)
        lower = word.lower()
        for prefix, sound in PREFIXES.items():
            rest = lower.removeprefix(prefix)
            known = self.known(rest, role) if 3 < len(rest) < len(lower) else None
            if known:
                return sound.replace(PRIMARY, SECONDARY) + known
        for cut in range(len(lower) - 3, 2, -1):
            first, second = self._entry(lower[:cut], "NOUN"), self.known(lower[cut:], "NOUN")
            if first and second:
                return first + second.replace(SECONDARY, "").replace(PRIMARY, SECONDARY)
        return None


LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@lru_cache(maxsize=2)
def lexicon(accent: Accent) -> Lexicon:
    """The lexicon of an accent, loaded at the first call (about 0.2 s)."""
    return Lexicon(accent)


def _dictionary(name: str) -> dict[str, Entry]:
    """One of misaki's dictionaries, found without importing misaki.en, which needs spaCy."""
    spec = importlib.util.find_spec("misaki")
    if spec is None or not spec.submodule_search_locations:
        raise PackageMissing("The package misaki is absent.", "Run: pip install 'misaki[zh]'")
    path = Path(spec.submodule_search_locations[0]) / "data" / name
    return cast("dict[str, Entry]", json.loads(path.read_text("utf-8")))
