"""Which language a text is in."""

from __future__ import annotations

import unicodedata

from tasks.schema import Language


def language_of(text: str) -> Language:
    """`zh` when Han characters carry the text (each counts as a word), else `en`."""
    han = sum("CJK UNIFIED" in unicodedata.name(c, "") for c in text)
    words = sum(
        any(c.isalpha() for c in word) and not any("CJK" in unicodedata.name(c, "") for c in word)
        for word in text.split()
    )
    return "zh" if han > words else "en"
