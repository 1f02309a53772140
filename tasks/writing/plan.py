"""How much is to be said: segments, chapters and letters for a wanted length."""

from __future__ import annotations

from tasks.schema import Language, Value

LETTERS_PER_SECOND: dict[Language, float] = {"en": 15.0, "zh": 4.5}
"""Written characters, punctuation included, that the default voices speak in a second."""

LETTERS_PER_WORD = 5.9
NARRATION_S = 5.2
LEAD_S, BREATH_S = 0.25, 0.35
AIM = 0.95
CHAPTER = 9


class Plan(Value):
    """`chapters`: how many segments each has. `letters`: how many characters are spoken in the whole film."""

    language: Language
    chapters: tuple[int, ...]
    letters: int

    @property
    def segments(self) -> int:
        """Segments in the whole film."""
        return sum(self.chapters)

    def chapter_of(self, index: int) -> int:
        """The chapter in which segment *index* is."""
        ends = [sum(self.chapters[: chapter + 1]) for chapter in range(len(self.chapters))]
        return next(chapter for chapter, end in enumerate(ends) if index < end)

    def start_of(self, chapter: int) -> int:
        """Index of a chapter's first segment."""
        return sum(self.chapters[:chapter])

    def room(self, spoken: tuple[str, ...]) -> int:
        """Letters for the next caption, given those before it: what was said too long is saved later."""
        mean = self.letters / self.segments
        left = self.letters - sum(map(len, spoken))
        return round(min(max(left / max(1, self.segments - len(spoken)), 0.7 * mean), 1.3 * mean))


def plan(seconds: float, language: Language, *, bpm: float = 90, rate: float | None = None) -> Plan:
    """A plan whose narration, leads, breaths and rounding to beats fill 95 % of *seconds* (5–600).

    *rate* is letters per second of the voice; unset: the language's default.
    """
    silence_s = LEAD_S + BREATH_S + 30 / bpm
    aim_s = AIM * seconds
    count = max(2 if seconds >= 10 else 1, round(aim_s / (NARRATION_S + silence_s)))
    letters = max(1.5 * count, aim_s - count * silence_s) * (rate or LETTERS_PER_SECOND[language])
    return Plan(language=language, chapters=_chapters(count), letters=round(letters))


def _chapters(count: int) -> tuple[int, ...]:
    number = -(-count // CHAPTER)
    return tuple(count // number + (index < count % number) for index in range(number))
