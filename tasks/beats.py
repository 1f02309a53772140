"""The beat solver: whole beats for every shot, a tempo, and no more stretch of the narration than they need.

A shot of n beats must hold its lead, its narration and a breath. Where n beats are a little too short the narration is
spoken up to 8 % faster; where they would leave more than `SPARE_BEATS` of silence, up to 8 % slower. So each shot has a
cost in milliseconds of narration changed, convex in n; adding the beat with the least marginal cost next gives the
cheapest division of every number of beats (Fox, 1966: greedy is exact for separable convex costs). All numbers of
beats and all tempi allowed are compared, so the plan is the best there is, not a guess.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FASTEST, SLOWEST = 1.08, 0.92
"""How much faster or slower than spoken narration may be without being noticed."""
SPARE_BEATS = 3
"""Silence beyond a breath that a shot may have before its narration is slowed down."""
TOLERANCE = 0.05
"""A film this near to its wanted length is not stretched to come nearer."""
TEMPO_RANGE = 0.06
"""How far from the mood's tempo the film's may lie, so that beats are whole frames."""
END_WEIGHT = 0.25
"""Silence at the end of the film weighs less: there it is expected."""
EPSILON_MS = 1e-6


@dataclass(frozen=True)
class Need:
    """What one shot holds, in ms: the *narration* as spoken, and the *silence* around it at least.

    *kept* is how many beats it had before an edit, which it keeps where its narration fits; *asked* is how many a human
    wants, which it gets or is refused.
    """

    narration_ms: float
    silence_ms: float
    kept: int | None = None
    asked: int | None = None


@dataclass(frozen=True)
class BeatPlan:
    """Beats and pace (1.08 is 8 % faster) of each shot at *bpm*; *miss_ms* is the film's length less the wanted one."""

    bpm: float
    beats: tuple[int, ...]
    paces: tuple[float, ...]
    stretch_ms: float
    miss_ms: float


def tempi(bpm: float, fps: int, *, free: bool) -> tuple[float, ...]:
    """The tempi a film may have, nearest first: *bpm* itself; when *free*, those near it whose beats are whole frames.

    On such a grid every cut lies on its beat exactly, and a shot's length does not depend on where it stands.
    """
    if not free:
        return (bpm,)
    frames = 60 * fps / bpm
    near = [60 * fps / n for n in range(max(1, math.floor(frames * 0.9)), math.ceil(frames * 1.1) + 1)]
    whole = sorted((tempo for tempo in near if 40 <= tempo <= 220), key=lambda tempo: abs(tempo - bpm))
    return tuple(tempo for tempo in whole if abs(tempo / bpm - 1) <= TEMPO_RANGE) or tuple(whole[:1])


def solve(needs: Sequence[Need], wanted_ms: float, allowed: Sequence[float], fps: int) -> BeatPlan:
    """The plan that comes within `TOLERANCE` of *wanted_ms* (or nearest to it) with the least stretch.

    Among those it takes the one nearest to *wanted_ms*, then the tempo that stands first, then even silences.

    Raises:
        BadInput: a shot's narration does not fit into the beats that were asked for it, at any tempo.
    """
    plans, refused = [], None
    for rank, bpm in enumerate(allowed):
        try:
            plans.append(_best_plan(needs, wanted_ms, _Grid(bpm, fps, rank)))
        except BadInput as error:
            refused = refused or error
    if refused and not plans:
        raise refused
    _, grid, beats = min(plans, key=lambda plan: plan[0])
    shots = [_Shot(need, grid, index == len(needs) - 1) for index, need in enumerate(needs)]
    return BeatPlan(
        bpm=grid.bpm,
        beats=beats,
        paces=tuple(shot.pace(n) for shot, n in zip(shots, beats, strict=True)),
        stretch_ms=sum(shot.stretch_ms(n) for shot, n in zip(shots, beats, strict=True)),
        miss_ms=sum(beats) * grid.beat_ms - wanted_ms,
    )


@dataclass(frozen=True)
class _Grid:
    """A tempo at a frame rate; *rank* is its place among those allowed."""

    bpm: float
    fps: int
    rank: int

    @property
    def beat_ms(self) -> float:
        return 60_000 / self.bpm

    @property
    def margin_ms(self) -> float:
        """What rounding cuts to frames may take from a shot: nothing where a beat is whole frames, else a frame."""
        frames = 60 * self.fps / self.bpm
        return 0.0 if abs(frames - round(frames)) < 1e-9 else 1000 / self.fps


class _Shot:
    """One shot on a grid: its least and most beats, and what each number of beats costs."""

    def __init__(self, need: Need, grid: _Grid, last: bool) -> None:
        self.need, self.grid, self.weight = need, grid, END_WEIGHT if last else 1.0
        self.least = self._holding(need.narration_ms / FASTEST)
        self.most = max(self._holding(need.narration_ms), self._filled(need.narration_ms / SLOWEST))
        if need.asked is not None:
            self._refuse_less_than_needed(need.asked)
            self.least = self.most = need.asked
        elif need.kept is not None and self.least <= need.kept <= self.most:
            self.least = self.most = need.kept

    def room_ms(self, beats: int) -> float:
        """Time for narration in so many beats."""
        return beats * self.grid.beat_ms - self.grid.margin_ms - self.need.silence_ms

    def stretch_ms(self, beats: int) -> float:
        """By how much the narration is made shorter or longer."""
        return abs(self._lasting(beats) - self.need.narration_ms)

    def slack_cost(self, beats: int) -> float:
        """Squared silence beyond the breath, in beats: convex, so that spare beats are spread evenly."""
        silence = self.room_ms(beats) - self._lasting(beats)
        return self.weight * max(0.0, silence / self.grid.beat_ms) ** 2

    def pace(self, beats: int) -> float:
        """The pace at which the narration lasts what those beats want, rounded so that it still fits."""
        pace = self.need.narration_ms / self._lasting(beats)
        return min(FASTEST, max(SLOWEST, math.ceil(pace * 1e4 - 1e-6) / 1e4))

    def _lasting(self, beats: int) -> float:
        """How long the narration lasts in so many beats, in ms."""
        narration, room = self.need.narration_ms, self.room_ms(beats)
        if room < narration:
            return max(room, narration / FASTEST)
        longest = room - SPARE_BEATS * self.grid.beat_ms
        if self.need.asked is None and longest > narration:
            return min(longest, narration / SLOWEST)
        return narration

    def _holding(self, narration_ms: float) -> int:
        """The fewest beats that hold a narration."""
        whole = narration_ms + self.need.silence_ms + self.grid.margin_ms
        return max(1, math.ceil((whole - EPSILON_MS) / self.grid.beat_ms))

    def _filled(self, narration_ms: float) -> int:
        """The most beats that a narration fills, but for the spare ones."""
        whole = narration_ms + self.need.silence_ms + self.grid.margin_ms
        return math.floor((whole + EPSILON_MS) / self.grid.beat_ms) + SPARE_BEATS

    def _refuse_less_than_needed(self, asked: int) -> None:
        if asked < self.least:
            raise BadInput(
                f"A shot cannot last {asked} beats at {self.grid.bpm:.4g} bpm: its narration of "
                f"{self.need.narration_ms / 1000:.1f} s needs {self.least}.",
                "Ask for more beats or a slower tempo, or shorten its caption.",
            )


Cost = tuple[float, float, float, int, float]
"""Miss beyond the tolerance, stretch, miss (all ms), rank of the tempo, unevenness: compared in that order."""


def _best_plan(needs: Sequence[Need], wanted_ms: float, grid: _Grid) -> tuple[Cost, _Grid, tuple[int, ...]]:
    """The cheapest plan on one grid."""
    shots = [_Shot(need, grid, index == len(needs) - 1) for index, need in enumerate(needs)]
    beats = [shot.least for shot in shots]
    fewest = sum(beats)
    growing = list(_cheapest_first(shots))
    costs = [
        _cost((fewest + step) * grid.beat_ms - wanted_ms, wanted_ms, stretch, uneven, grid.rank)
        for step, (_, stretch, uneven) in enumerate(growing)
    ]
    best = min(range(len(costs)), key=costs.__getitem__)
    for added, _, _ in growing[1 : best + 1]:
        beats[added] += 1
    return costs[best], grid, tuple(beats)


def _cost(miss_ms: float, wanted_ms: float, stretch_ms: float, uneven: float, rank: int) -> Cost:
    beyond = max(0.0, abs(miss_ms) - TOLERANCE * wanted_ms)
    return round(beyond, 3), round(stretch_ms, 3), round(abs(miss_ms), 3), rank, uneven


def _cheapest_first(shots: Sequence[_Shot]) -> Iterator[tuple[int, float, float]]:
    """From the fewest beats on, one more each time: which shot got it, and the stretch and unevenness then."""
    stretch = sum(shot.stretch_ms(shot.least) for shot in shots)
    uneven = sum(shot.slack_cost(shot.least) for shot in shots)
    yield -1, stretch, uneven
    beats = [shot.least for shot in shots]
    heap = [(*_marginal(shot, shot.least), index) for index, shot in enumerate(shots) if shot.least < shot.most]
    heapq.heapify(heap)
    while heap:
        more, spread, index = heapq.heappop(heap)
        stretch, uneven = stretch + more, uneven + spread
        beats[index] += 1
        if beats[index] < shots[index].most:
            heapq.heappush(heap, (*_marginal(shots[index], beats[index]), index))
        yield index, stretch, uneven


def _marginal(shot: _Shot, beats: int) -> tuple[float, float]:
    """What one beat more changes: stretch in ms, unevenness."""
    return (
        round(shot.stretch_ms(beats + 1) - shot.stretch_ms(beats), 6),
        shot.slack_cost(beats + 1) - shot.slack_cost(beats),
    )
