"""The light of a scene, from the words that describe it."""

from __future__ import annotations

import re

LIGHTS = {
    "dawn": "at dawn",
    "day": "in bright daylight",
    "dusk": "at sunset",
    "night": "at night",
    "studio": "in soft studio light",
}
"""Name of a light → its words in a picture's description."""

_WORDS = {
    "night": r"\b(night\w*|midnight|moon(light|lit)|stars?|starry|lanterns?|dark(ness)?)\b|夜|星空|月光|灯笼|霓虹",
    "dawn": r"\b(dawn|sunrise|morning|daybreak|first light)\b|黎明|清晨|早晨|日出|晨光|破晓",
    "dusk": r"\b(dusk|sunset|evening|twilight)\b|黄昏|日落|傍晚|夕阳|晚霞",
    "day": r"\b(noon|midday|sunny|sunshine|sunlight|blue sky)\b|正午|阳光|烈日|晴",
}


def light_of(text: str) -> str | None:
    """The name of the light that *text* speaks of; None when it names none."""
    found = (
        (match.start(), name) for name, words in _WORDS.items() if (match := re.search(words, text, re.IGNORECASE))
    )
    return min(found, default=(0, None))[1]
