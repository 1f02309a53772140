"""Letters → phonemes for words that no dictionary knows: the small recurrent network of g2p-en (see data/README.md).

A GRU reads the letters, another writes ARPAbet until it says "end"; both have 256 units. About 2 ms a word.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infra.engines.speech.tables import table

WEIGHTS = Path(__file__).parent / "data" / "letters.npz"
GRAPHEMES = ["", "?", "end", *"abcdefghijklmnopqrstuvwxyz"]
START, END, LONGEST = 2, 3, 30
VOWELS = ["AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"]
SOUNDS: dict[str, str] = table("english")["arpabet"]
PHONEMES = ["", "?", "start", "end"]
PHONEMES += sorted(["UW", *(set(SOUNDS) - set(VOWELS)), *(f"{vowel}{stress}" for vowel in VOWELS for stress in "012")])
STRESS = {"0": "", "1": "ˈ", "2": "ˌ", "": ""}
UNSTRESSED = {"AH": "ə", "ER": "əɹ"}
SILENT_R = "ɹ(?![ˈˌ]?[AIOWYaiuæɑɔəɛɜɪʊʌ])"
BRITISH = [("ɜɹ", "ɜː"), (f"ə{SILENT_R}", "ə"), (f"ɑ{SILENT_R}", "ɑː"), (f"ɔ{SILENT_R}", "ɔː"), ("ɔ(?!ː)", "ɔː")]
BRITISH += [("ɑ(?!ː)", "ɒ"), ("O", "Q"), ("æ", "a"), ("u", "uː"), ("i(?!$)", "iː")]

Floats = NDArray[np.float32]


class Letters:
    """Reads any word aloud, well or badly."""

    def __init__(self, *, british: bool = False) -> None:
        self._british = british
        with np.load(WEIGHTS) as file:
            self._weights: dict[str, Floats] = {name: file[name].astype(np.float32) for name in file.files}

    def say(self, word: str) -> str:
        """Phonemes of *word*; what is not a Latin letter is left out, and nothing speakable gives ""."""
        plain = re.sub("[^a-z]", "", unicodedata.normalize("NFKD", word).lower())
        return self._sounds(self._arpabet(plain)) if plain else ""

    def _arpabet(self, word: str) -> list[str]:
        state = np.zeros(self._weights["enc_w_hh"].shape[1], np.float32)
        for code in [*map(GRAPHEMES.index, word), GRAPHEMES.index("end")]:
            state = self._step("enc", code, state)
        code, written = START, list[str]()
        while len(written) < LONGEST:
            state = self._step("dec", code, state)
            code = int(np.argmax(self._weights["fc_w"] @ state + self._weights["fc_b"]))
            if code == END:
                break
            written.append(PHONEMES[code])
        return written

    def _step(self, side: str, code: int, state: Floats) -> Floats:
        """One gated recurrent unit (reset, update, new), PyTorch's convention."""
        weights = self._weights
        seen = weights[f"{side}_w_ih"] @ weights[f"{side}_emb"][code] + weights[f"{side}_b_ih"]
        kept = weights[f"{side}_w_hh"] @ state + weights[f"{side}_b_hh"]
        size = state.size
        reset, update = (1 / (1 + np.exp(-(seen[: 2 * size] + kept[: 2 * size])))).reshape(2, size)
        new = np.tanh(seen[2 * size :] + reset * kept[2 * size :])
        mixed: Floats = (1 - update) * new + update * state
        return mixed

    def _sounds(self, arpabet: list[str]) -> str:
        said = "".join(self._sound(code) for code in arpabet)
        for pattern, sound in BRITISH if self._british else []:
            said = re.sub(pattern, sound, said)
        return said

    @staticmethod
    def _sound(code: str) -> str:
        name = code.rstrip("012")
        stress = code[len(name) :]
        sound = UNSTRESSED[name] if stress == "0" and name in UNSTRESSED else SOUNDS.get(name, "")
        return STRESS[stress] + sound
