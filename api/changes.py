"""What a change of a film makes anew, and what it keeps: pure, from briefs, edits and the finished film."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

from infra.errors import Conflict
from tasks.numbering import check_added, check_named, in_order, shown_ids, written_ids
from tasks.schema import Brief, Edits, Film, Timing
from tasks.writing.plan import plan

STORY = ("topic", "style", "language", "seconds", "bpm", "seed", "template", "wording", "engines", "fps")
"""Fields of a brief that decide what is told and on which beats: with another one it is another film."""
LOOKS = ("caption_style", "quality", "aspect")
"""Fields of edits that every shot shows, each over the brief's."""


def same_story(one: Brief, other: Brief) -> bool:
    """Whether two briefs tell the same on the same beats."""
    return all(getattr(one, name) == getattr(other, name) for name in STORY)


def timed(film: Film, edits: Edits) -> Edits:
    """*edits* of *film* with its timing, so that only what changed moves."""
    line = film.timeline
    timing = Timing(bpm=line.bpm, beats={shot.segment: shot.beats for shot in line.shots})
    return edits.model_copy(update={"timing": timing})


def untimed(edits: Edits) -> Edits:
    """What a human changed, without what was kept of a film's timing."""
    return edits.model_copy(update={"timing": None})


def check_edits(edits: Edits, brief: Brief, film: Film) -> None:
    """See that *edits* of the *film* of *brief* name only segments that it has or had, and add none of its script's.

    Raises:
        BadInput: they do not.
    """
    check_added(edits, planned_for(brief, film))
    check_named(edits, known_of(brief, film))


def check_locked(before: Edits, after: Edits) -> None:
    """See that what is locked before and after a change is not touched by it.

    Raises:
        Conflict: it is; the shot is named.
    """
    for name in in_order(set(before.locked or ()).intersection(after.locked or ())):
        if before.told_of(name) != after.told_of(name):
            what = "changed"
        elif before.shows(name) and not after.shows(name):
            what = "taken out"
        else:
            continue
        raise Conflict(f"Shot {name} is locked and cannot be {what}.", f"Unlock shot {name} first, then change it.")


def planned_for(brief: Brief, film: Film) -> tuple[str, ...]:
    """The ids of the segments that the script of the *film* of *brief* has, shown or not."""
    return written_ids(plan(brief.seconds, film.anchor.language, bpm=film.anchor.bpm).segments)


def known_of(brief: Brief, film: Film) -> tuple[str, ...]:
    """All segments of the script of the *film* of *brief*, those that a human took out too."""
    shown = {segment.id for segment in film.script.segments} - set(film.edits.added)
    return tuple(in_order(shown.union(planned_for(brief, film))))


def segments_of(brief: Brief, edits: Edits) -> tuple[str, ...]:
    """The ids of the segments that a new film shows."""
    planned = plan(brief.seconds, brief.language or "en", bpm=brief.bpm or 90)
    return shown_ids(written_ids(planned.segments), edits)


def work(brief: Brief, edits: Edits) -> Counter[str]:
    """How often each step runs for a new film."""
    planned = plan(brief.seconds, brief.language or "en", bpm=brief.bpm or 90)
    shown = segments_of(brief, edits)
    own = sum(name in brief.media | edits.media for name in shown)
    steps = {
        "set_anchor": 1, "paint_poster": 1, "write_draft": 1, "write_outline": 1,
        "extend_outline": len(planned.chapters) - 1, "refine_segment": planned.segments, "take_media": own,
        "draw_frame": len(shown) - own, "speak": len(shown), "shoot": len(shown), "mix_sound": 1, "join_shots": 1,
        "certify": 1,
    }  # fmt: skip
    song = edits.music or brief.music
    return +Counter({**steps, **({"hear_music": 1, "loop_bed": 1} if song else {"compose_bed": 1})})


class Rework:
    """What of a finished *film* is made anew for *new*, which tells the same story as the *old* brief and edits."""

    def __init__(self, film: Film, old: tuple[Brief, Edits], new: tuple[Brief, Edits]) -> None:
        self.old, self.new, edits = old, new, new[1]
        self.before = tuple(shot.segment for shot in film.timeline.shots)
        kept = edits.order is None and old[1].order is None
        written = [name for name in self.before if name not in old[1].added] if kept else known_of(old[0], film)
        self.told = shown_ids(written, edits)

    def spoken(self) -> set[str]:
        """Segments whose narration changes."""
        if self._other("voice"):
            return set(self.told)
        return {name for name in self.told if _says(self.old[1], name) != _says(self.new[1], name)}

    def drawn(self) -> set[str]:
        """Segments whose picture changes; a film that is seen in another size is drawn anew."""
        if any(getattr(self.old[0], name) != getattr(self.new[0], name) for name in ("aspect", "height")):
            return set(self.told)
        media = [brief.media | edits.media for brief, edits in (self.old, self.new)]
        given = {name for name in self.told if media[0].get(name) != media[1].get(name)}
        fresh = set(self.told) - set(self.before)
        seen = {name for name in self.told if _seen(self.old[1], name) != _seen(self.new[1], name)}
        return seen | self._differ("redo") | given | fresh

    def shot(self) -> set[str]:
        """Segments whose shot changes: by itself, by all shots' look or tempo, or by the shot it comes out of."""
        sized = any(
            getattr(self.old[0], name) != getattr(self.new[0], name) for name in ("height", "encoder", "transition")
        )
        if sized or self.retimed() or any(self._other(name) for name in LOOKS):
            return set(self.told)
        touched = self.drawn() | self._differ("motions") | self._differ("transitions") | self._differ("beats")
        follows = set(pairwise(self.before))
        beside = {after for before, after in pairwise(self.told) if before in touched or (before, after) not in follows}
        return touched | self.spoken() | beside

    def retimed(self) -> bool:
        """Whether all shots get another tempo."""
        return self._other("music") or self._other("bpm")

    def steps(self) -> Counter[str]:
        """How often each step runs."""
        drawn, shots, song = self.drawn(), self.shot(), self.new[1].music or self.new[0].music
        own = sum(name in self.new[0].media | self.new[1].media for name in drawn)
        length = self.told != self.before or bool(self._differ("beats"))
        music = self.retimed() or self._other("mood") or length
        if not (shots or music or drawn):
            return Counter()
        return +Counter(
            {
                "draw_frame": len(drawn) - own, "take_media": own, "speak": len(self.spoken()), "shoot": len(shots),
                "hear_music": int(bool(song) and self._other("music")), "loop_bed": int(bool(song) and music),
                "compose_bed": int(not song and music), "mix_sound": int(music or bool(self.spoken())),
                "join_shots": 1, "certify": 1,
            }
        )  # fmt: skip

    def _differ(self, name: str) -> set[str]:
        """Segments for which a mapping of the edits says something else than before."""
        before, after = getattr(self.old[1], name), getattr(self.new[1], name)
        return {segment for segment in self.told if before.get(segment) != after.get(segment)}

    def _other(self, name: str) -> bool:
        """Whether a choice of the edits, or else of the brief, is another one than before."""
        before, after = (getattr(edits, name) or getattr(brief, name, None) for brief, edits in (self.old, self.new))
        return bool(before != after)


def _says(edits: Edits, name: str) -> str | None:
    """The caption that a human gave to a segment."""
    added = edits.added.get(name)
    return edits.captions.get(name, added.caption if added else None)


def _seen(edits: Edits, name: str) -> str | None:
    """What a human says that a segment shows: of one that was added and nobody describes, its words."""
    added = edits.added.get(name)
    return edits.visuals.get(name, (added.visual or _says(edits, name)) if added else None)
