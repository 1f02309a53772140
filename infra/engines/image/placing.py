"""Where each piece of art goes in a painted setting, and how large it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from infra.art import Piece, pieces
from infra.engines.image.air import Air, Stage
from infra.engines.image.picking import Plan

SIZES = {"close": 0.66, "medium": 0.5, "wide": 0.34, "aerial": 0.28}
CROWDING = (1.0, 1.0, 0.86, 0.74, 0.66, 0.6, 0.56, 0.52, 0.49, 0.46)
TRIES = 30


@dataclass(frozen=True)
class Actor:
    """One placed piece: the middle of its base (px), its height, and how deep it stands (0 far – 1 near)."""

    piece: Piece
    x: float
    base: float
    height: float
    depth: float
    flip: bool = False
    leaning: float = 0.0
    lead: bool = False

    @property
    def width(self) -> float:
        """Drawn width, px."""
        return self.height * self.piece.aspect

    def overlap(self, other: Actor) -> float:
        """Shared area as a share of the smaller of the two boxes."""
        wide = min(self.x + self.width / 2, other.x + other.width / 2) - max(
            self.x - self.width / 2, other.x - other.width / 2
        )
        tall = min(self.base, other.base) - max(self.base - self.height, other.base - other.height)
        smaller = min(self.width * self.height, other.width * other.height)
        return max(0.0, wide) * max(0.0, tall) / smaller


def assemble(scene: Air, stage: Stage) -> list[Actor]:
    """The plan's pieces, the subject first, each where it costs least."""
    plan, rng, placed = scene.plan, scene.rng("cast"), list[Actor]()
    leads = {name for group in plan.groups[:1] for name in group.pieces}
    total = sum(len(group.pieces) for group in plan.groups)
    for order, group in enumerate(plan.groups):
        if len(group.pieces) > 4 and pieces()[group.pieces[0]].stance == "sky":
            placed += _arc(stage, group.pieces)
            continue
        for index, name in enumerate(group.pieces):
            size = _size(plan, stage, pieces()[name], order, len(group.pieces), total)
            size *= 1.0 if index == 0 else float(rng.uniform(0.78, 1.0))
            candidates = [
                _candidate(rng, stage, pieces()[name], size, name in leads and index == 0) for _ in range(TRIES)
            ]
            best = min(candidates, key=lambda actor: _cost(actor, placed, stage, rng))
            placed.append(_facing(best, placed, stage, rng))
    return placed


def _arc(stage: Stage, names: tuple[str, ...]) -> list[Actor]:
    """Celestial bodies in a row that rises and falls over the whole width; in tall pictures in a ring."""
    width, height, count = stage.far.width, stage.far.height, len(names)
    size = min(width / (count + 1.5), height * 0.2)
    turns = np.linspace(-1, 1, count)
    if height > width:
        angles = np.linspace(0, 2 * np.pi, count, endpoint=False) - np.pi / 2
        spots = [(width * (0.5 + 0.32 * np.cos(a)), height * 0.36 + width * 0.32 * np.sin(a)) for a in angles]
    else:
        spots = [(width * (0.5 + 0.41 * t), height * (0.26 + 0.14 * t * t)) for t in turns]
    return [
        Actor(pieces()[name], float(x), float(y + size / 2), size, 0.3)
        for name, (x, y) in zip(names, spots, strict=True)
    ]


def _size(plan: Plan, stage: Stage, piece: Piece, order: int, alike: int, total: int) -> float:
    """Longer side in px: large for the subject, others by the root of their true size."""
    frame = min(stage.far.height, stage.far.width * 1.02)
    lead = pieces()[plan.groups[0].pieces[0]]
    share = SIZES[plan.shot] * CROWDING[min(alike, 9)] * (1.12 if total < 3 else 1 if total < 5 else 0.9)
    if order:
        low, high = (0.5, 1.3) if lead.metres < 0.5 else (0.4, 1.9)
        share = (
            SIZES[plan.shot]
            * 0.78
            * float(np.clip((piece.metres / lead.metres) ** 0.3, low, high))
            * CROWDING[min(alike + 1, 9)]
        )
    share *= {"bust": 1.2, "far": 1.5, "sky": 0.66, "building": 1.15}.get(piece.stance, 1.0)
    if piece.kind == "building":
        share *= 1.2
    if stage.desk is not None and piece.stance == "table":
        share = min(share, 0.36 if total > 2 else 0.46)
    longest = min(share, 0.82) * frame
    return float(min(longest, 1.1 * stage.far.width / alike / min(1.0, piece.aspect)) if alike > 1 else longest)


def _candidate(rng: np.random.Generator, stage: Stage, piece: Piece, size: float, lead: bool) -> Actor:
    """A random place that the way the piece stands allows."""
    width, height = stage.far.width, stage.far.height
    tall = size / max(1.0, piece.aspect)
    tall = min(tall, stage.horizon * 1.0) if piece.stance == "far" else tall
    spread = 0.38 if width > height else 0.33
    x = width * (rng.choice([0.34, 0.5, 0.66]) + rng.normal() * 0.03 if lead else 0.5 + rng.uniform(-spread, spread))
    base, depth = _standing(rng, stage, piece, tall, lead)
    if lead and stage.kind == "idea" and piece.stance in {"fly", "sky"}:
        return Actor(piece, width / 2, height * 0.46 + tall / 2, tall, 0.75, lead=True)
    if piece.stance in {"ground", "table", "float"} and not lead and stage.desk is None:
        tall *= 0.62 + 0.46 * depth
    x = (
        float(np.clip(x, tall * piece.aspect * 0.42, width - tall * piece.aspect * 0.42))
        if tall * piece.aspect < width
        else width / 2
    )
    lean = float(rng.normal() * 5) if piece.stance in {"fly", "swim"} else 0.0
    return Actor(piece, x, base, tall, depth, False, lean, lead)


def _standing(rng: np.random.Generator, stage: Stage, piece: Piece, tall: float, lead: bool) -> tuple[float, float]:
    """(y of the base, depth) for one piece: by how it stands, and by what there is to stand on."""
    stance = piece.stance
    wet = stage.kind in {"depth", "void", "idea"}
    afloat = stance == "fly" or (stance in {"swim", "float"} and wet)
    if afloat or (stance == "table" and stage.kind == "depth"):
        return _in_the_air(rng, stage, tall, lead)
    if stance in {"sky", "hang", "far"}:
        return _aloft(rng, stage, stance, tall)
    if stage.kind in {"idea", "void"}:
        return _on_nothing(rng, stage, tall)
    if stage.desk is not None:
        return _at_the_desk(rng, stage, stage.desk, stance)
    return _on_the_ground(rng, stage, piece, lead)


def _in_the_air(rng: np.random.Generator, stage: Stage, tall: float, lead: bool) -> tuple[float, float]:
    height = stage.far.height
    roof, low = height * 0.07 + tall, height * (0.82 if stage.kind in {"depth", "void"} else 0.68)
    return float(rng.uniform(roof, max(roof + 1, low))), 0.75 if lead else 0.5 + 0.2 * float(rng.random())


def _aloft(rng: np.random.Generator, stage: Stage, stance: str, tall: float) -> tuple[float, float]:
    height = stage.far.height
    if stance == "far":
        return stage.horizon + height * 0.07, 0.12
    if stance == "hang":
        return height * float(rng.uniform(0.05, 0.12)) + tall, 0.3
    return height * float(rng.uniform(0.06, 0.2)) + tall, 0.05


def _on_nothing(rng: np.random.Generator, stage: Stage, tall: float) -> tuple[float, float]:
    """On the plinth of an idea, or drifting where there is no ground."""
    height, deep = stage.far.height, float(rng.random())
    if stage.kind == "idea":
        return height * (0.85 + 0.07 * deep), 0.6 + 0.2 * deep
    return float(np.clip(height * rng.uniform(0.4, 0.86), tall * 1.05, height)), 0.7


def _at_the_desk(rng: np.random.Generator, stage: Stage, desk: float, stance: str) -> tuple[float, float]:
    """On the desk if small, else behind it."""
    height, deep = stage.far.height, float(rng.random())
    if stance == "table":
        return desk + (height - desk) * (0.2 + 0.42 * deep), 0.7 + 0.1 * deep
    return desk + height * (0.012 if stance == "bust" else 0.05), 0.35


def _on_the_ground(rng: np.random.Generator, stage: Stage, piece: Piece, lead: bool) -> tuple[float, float]:
    """Head and shoulders at the lower edge, boats on the water, the rest nearer or farther on the ground."""
    height, deep = stage.far.height, float(rng.random())
    if piece.stance == "bust":
        return height * 1.003, 0.86
    if piece.stance in {"float", "swim"} and stage.kind == "water":
        return stage.floor + (height * 0.8 - stage.floor) * (0.55 if lead else deep), 0.45 + 0.2 * deep
    near = 0.55 + 0.4 * deep if lead else deep
    if piece.kind == "building":
        near *= 0.35
    elif piece.kind in {"person", "animal"}:
        near = max(near, 0.35)
    top = max(stage.floor, height * 0.8) if stage.kind in {"water", "depth"} else stage.floor
    return top + (height * 0.955 - top) * near, 0.4 + 0.4 * near


def _cost(actor: Actor, placed: list[Actor], stage: Stage, rng: np.random.Generator) -> float:
    """What is wrong with a place: overlap, crowding one side, leaving the frame."""
    width = stage.far.width
    crossing = sum(actor.overlap(other) * (2.4 if other.lead else 1.5) for other in placed)
    centre = sum((other.x - width / 2) * other.width for other in placed) + (actor.x - width / 2) * actor.width
    mass = sum(other.width for other in placed) + actor.width
    outside = (
        max(0.0, actor.width / 2 - actor.x)
        + max(0.0, actor.x + actor.width / 2 - width)
        + max(0.0, actor.height - actor.base)
    )
    balance = abs(centre / mass) / width if placed else 0.0
    return crossing + 0.9 * balance + 3 * outside / width + 0.02 * float(rng.random())


def _facing(actor: Actor, placed: list[Actor], stage: Stage, rng: np.random.Generator) -> Actor:
    """The actor turned towards the others or the open side; most art looks to the left."""
    if actor.piece.kind not in {"animal", "person", "vehicle", "figure"}:
        return replace(actor, flip=False)
    target = placed[0].x if placed else stage.far.width * (0.5 + 0.1 * float(rng.normal()))
    return replace(actor, flip=target > actor.x)


def scatter(scene: Air, stage: Stage, cast: list[Actor]) -> Iterator[Actor]:
    """What grows or stands about in the setting, smaller towards the horizon, clear of the cast."""
    place, rng, unit = scene.plan.place, scene.rng("decor"), stage.far.unit
    height, width = stage.far.height, stage.far.width
    shown = {actor.piece.id for actor in cast}
    kinds = [name for name in place.decor if name not in shown]
    kept = list(cast)
    counts = {"land": 18, "water": 6, "depth": 8}
    if stage.kind not in counts or stage.desk is not None:
        return
    kinds = [str(name) for name in rng.permutation(kinds)[:3]] if kinds else []
    for name in [
        *(str(rng.choice(place.back)) for _ in range(4) if place.back),
        *(str(rng.choice(kinds)) for _ in range(counts[stage.kind]) if kinds),
    ]:
        piece, near = pieces()[name], float(rng.random() ** 1.3)
        large = piece.metres > 3
        near *= 0.3 if large else 1.0
        grown = 1.7 if large and place.trees == "tall" else 1.0
        size = (
            grown
            * unit
            * (62 + 150 * near)
            * float(np.clip(piece.metres**0.3, 0.6, 2.2))
            * float(rng.uniform(0.8, 1.15))
        )
        top = height * 0.84 if stage.kind in {"water", "depth"} and piece.stance != "float" else stage.floor
        base = top + (height * 0.95 - top) * near
        actor = Actor(
            piece,
            float(rng.uniform(0.02, 0.98)) * width,
            base,
            size / max(1.0, piece.aspect),
            0.4 + 0.4 * near,
            bool(rng.random() < 0.5),
        )
        if all(actor.overlap(other) < (0.16 if other.lead else 0.3) for other in kept):
            kept.append(actor)
            yield actor
