"""From a prompt to a plan of the picture: exact words first, then meaning, then where things are at home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from infra.art import pieces
from infra.engines import chosen
from infra.engines.image.meaning import nearest_pieces, nearest_place
from infra.engines.image.paint import dice
from infra.engines.image.places import Place, home, places
from infra.engines.image.reading import Ask, Subject, read

MOST_SUBJECTS = 5
PARTS = frozenset({"brain", "eye", "ear", "lungs", "tooth", "bone"})
MOST_INSTANCES = 14
OPEN = {"mountain", "hills", "farm", "garden", "forest", "meadow", "village"}
PHASES = (
    "waxing-crescent-moon",
    "first-quarter-moon",
    "waxing-gibbous-moon",
    "full-moon",
    "waning-gibbous-moon",
    "last-quarter-moon",
    "waning-crescent-moon",
)
FAMILY = ("woman", "man", "girl", "boy")
ENSEMBLES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("moon phase", "phase of the moon", "lunar phase", "月相", "月相变化"), PHASES),
    **dict.fromkeys(("family", "家庭", "一家人", "全家", "家人", "全家人", "一家"), FAMILY),
    **dict.fromkeys(("shaking hand", "hand shaking", "hand shake"), ("handshake",)),
    **dict.fromkeys(("parent", "couple", "父母", "夫妻", "爸妈"), ("woman", "man")),
    **dict.fromkeys(("grandparent", "爷爷奶奶", "祖父母"), ("old-man", "old-woman")),
}
Light = Literal["day", "dawn", "dusk", "night", "studio"]


@dataclass(frozen=True)
class Group:
    """Pieces of one subject: one id for each instance."""

    word: str
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What a picture will show; the first group is its subject."""

    groups: tuple[Group, ...]
    place: Place
    light: Light
    weather: str | None
    shot: str


def _by_meaning(prompt: str, ask: Ask) -> tuple[tuple[Subject, ...], str | None]:
    """Subjects for the words that no name matched, and a setting where none was named."""
    spec = chosen("embed")
    rest = ask.rest[:6] if len(ask.subjects) < 2 else ()
    near = zip(rest, nearest_pieces(rest, spec), strict=True)
    found = tuple(Subject(word, (name,), 1, order=99) for word, name in near if name is not None)
    homely = any(home(pieces()[subject.pieces[0]], sure=False) for subject in (*ask.subjects, *found))
    return found, None if ask.place or homely else nearest_place(prompt[:400], spec)


def plan(prompt: str, *, light: Light, cast_of: str, seed: int) -> Plan:
    """What the picture of *prompt* will show; the same people play in all pictures of one *cast_of*."""
    ask = read(prompt)
    more, guessed = _by_meaning(prompt, ask) if any(char.isalnum() for char in prompt) else ((), None)
    subjects = _distinct((*ask.subjects, *more))
    place = _place(ask, subjects, guessed, dice("place", prompt, seed))
    subjects = _whole(_without_walls(subjects, place))[:MOST_SUBJECTS]
    groups = tuple(_instances(subject, cast_of, subjects) for subject in subjects)
    shot = ask.shot or ("medium" if groups else "wide")
    chosen = cast("Light", ask.light) if ask.light else light
    return Plan(_fewer(groups), place, chosen, ask.weather, shot)


def _distinct(subjects: Sequence[Subject]) -> list[Subject]:
    """*subjects* without those whose first piece another already shows."""
    seen: set[str] = set()
    kept = []
    for subject in subjects:
        if subject.pieces[0] not in seen:
            seen.add(subject.pieces[0])
            kept.append(subject)
    return kept


def _without_walls(subjects: list[Subject], place: Place) -> list[Subject]:
    """*subjects* without the building one is inside of, or those that the setting shows anyway."""
    painted = place.paint == "room" or (place.name in {"city", "street", "market"} and len(subjects) > 1)
    kept = [subject for subject in subjects if not (painted and pieces()[subject.pieces[0]].kind == "building")]
    return kept if kept or place.paint == "room" else subjects


def _whole(subjects: list[Subject]) -> list[Subject]:
    """*subjects* without parts of a body beside whole animals: "bees, eyes, flowers" is no row of eyes."""
    art = pieces()
    alive = any(art[subject.pieces[0]].kind == "animal" for subject in subjects)
    kept = [subject for subject in subjects if subject.pieces[0] not in PARTS]
    return kept if alive and kept else subjects


def _place(ask: Ask, subjects: Sequence[Subject], guessed: str | None, rng: np.random.Generator) -> Place:
    """The setting: the one that is named, the home of what is seen, the nearest in meaning, or an open view."""
    art = pieces()
    homes = [
        found for sure in (True, False) for subject in subjects if (found := home(art[subject.pieces[0]], sure=sure))
    ]
    name = ask.place or next(iter(homes), None) or guessed
    if name == "home" and homes and places()[homes[0]].paint == "room":
        name = homes[0]
    name = name or str(rng.choice(["hills", "sky", "abstract"]))
    words = " ".join(subject.word for subject in subjects)
    stances = {art[subject.pieces[0]].stance for subject in subjects[:1]}
    if name in OPEN and ("tea " in f"{words} " or "茶" in words):
        name = "terraces"
    if name == "sea" and stances & {"ground", "bust"} and ask.place != "sea":
        name = "beach"
    if name == "sea" and "swim" in stances:
        name = "underwater"
    return places()[name]


def _instances(subject: Subject, cast_of: str, subjects: Sequence[Subject]) -> Group:
    """One piece for each instance; people differ among themselves and stay themselves through a film."""
    names = list(subject.pieces)
    art = pieces()
    if subject.word in ENSEMBLES:
        return Group(subject.word, ENSEMBLES[subject.word])
    alike = [name for name in names if art[name].kind == art[names[0]].kind]
    if subject.count == 1:
        turn = int(dice(cast_of, subject.word).integers(2)) if len(alike) > 1 and _pair(alike) else 0
        return Group(subject.word, (alike[turn],))
    room = 9 if len(subjects) == 1 else 6 if len(subjects) == 2 else 4
    return Group(subject.word, tuple(alike[index % len(alike)] for index in range(min(room, subject.count))))


def _pair(names: Sequence[str]) -> bool:
    """Whether the first two are the woman and the man of one role."""
    return names[0].split("-", 1)[-1] == names[1].split("-", 1)[-1] and names[0] != names[1]


def _fewer(groups: tuple[Group, ...]) -> tuple[Group, ...]:
    """At most `MOST_INSTANCES` pieces in all, the subject's group last to lose any."""
    left, kept = MOST_INSTANCES, []
    for group in groups:
        take = min(left, len(group.pieces))
        if take:
            kept.append(Group(group.word, group.pieces[:take]))
        left -= take
    return tuple(kept)
