"""Figures as pictures: bars and a line, black on white, in the captions' own face."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from infra.media.fonts import face
from infra.media.glstub import skia

SCALE = 2
"""Pixels per unit: sharp where the pixels of a screen are small."""
WIDTH, MARGIN, ROW = 760, 28, 34
INK, QUIET, FAINT, BAR, GOAL = 0xFF1F2328, 0xFF6A737D, 0xFFE4E7EB, 0xFF2563A8, 0xFFC2410C
TITLE, TEXT = 17.0, 13.0
TICKS = 5


def bars(path: Path, title: str, rows: list[tuple[str, float]], unit: str) -> None:
    """Write a PNG of one bar for each of *rows*, (name, value), from the top down."""
    paper = Paper(WIDTH, 74 + ROW * len(rows))
    paper.text(MARGIN, 38, title, size=TITLE, weight=700)
    values = [f"{_number(value)} {unit}" for _, value in rows]
    left = MARGIN + max(paper.wide(name) for name, _ in rows) + 14
    room = WIDTH - MARGIN - left - max(paper.wide(value, weight=700) for value in values) - 10
    most = max(value for _, value in rows) or 1
    for index, ((name, value), said) in enumerate(zip(rows, values, strict=True)):
        top = 58 + ROW * index
        length = max(1.0, room * value / most)
        paper.text(left - 14, top + 17, name, align=1)
        paper.box(left, top, length, ROW - 12, BAR)
        paper.text(left + length + 10, top + 17, said, weight=700)
    paper.save(path)


def lines(
    path: Path,
    title: str,
    x_label: str,
    y_label: str,
    points: list[tuple[float, float]],
    goal: float | None = None,
) -> None:
    """Write a PNG of the line through *points*, each with its value, and of the *goal* that it should stay below."""
    height, left, top, bottom, right = 400, 84, 84, 340, WIDTH - 48
    paper = Paper(WIDTH, height)
    paper.text(MARGIN, 38, title, size=TITLE, weight=700)
    paper.text(MARGIN, 62, y_label, colour=QUIET)
    paper.text((left + right) / 2, height - 16, x_label, colour=QUIET, align=0.5)
    across, down = _ticks([x for x, _ in points]), _ticks([*(y for _, y in points), goal or 0.0])

    def place(x: float, y: float) -> tuple[float, float]:
        return left + (right - left) * x / across[-1], bottom - (bottom - top) * y / down[-1]

    for y in down:
        paper.line([place(0, y), place(across[-1], y)], FAINT, 1)
        paper.text(left - 10, place(0, y)[1] + 4.5, _number(y), colour=QUIET, align=1)
    for x in across:
        paper.text(place(x, 0)[0], bottom + 20, _number(x), colour=QUIET, align=0.5)
    if goal is not None:
        paper.line([place(0, goal), place(across[-1], goal)], GOAL, 1.5, dash=True)
        paper.text(right, place(0, goal)[1] - 7, f"goal {_number(goal)}", colour=GOAL, align=1)
    paper.line([place(*point) for point in points], BAR, 2.5)
    for x, y in points:
        paper.dot(*place(x, y))
    _label(paper, [(*place(x, y), _number(y)) for x, y in points])
    paper.save(path)


def _label(paper: Paper, labels: list[tuple[float, float, str]]) -> None:
    """Values above their points, below them where two would meet."""
    taken = [-math.inf, -math.inf]
    for x, y, said in labels:
        half = paper.wide(said, weight=700) / 2
        side = 0 if taken[0] < x - half - 4 else 1
        if taken[side] < x - half - 4:
            paper.text(x, y + (22 if side else -11), said, weight=700, align=0.5)
            taken[side] = x + half


class Paper:
    """A white sheet of that size to draw on, origin at the top left."""

    def __init__(self, width: float, height: float) -> None:
        self._surface = skia().Surface(round(width * SCALE), round(height * SCALE))
        self._canvas = self._surface.getCanvas()
        self._canvas.clear(0xFFFFFFFF)
        self._canvas.scale(SCALE, SCALE)

    def text(
        self,
        x: float,
        y: float,
        said: str,
        *,
        size: float = TEXT,
        weight: int = 400,
        colour: int = INK,
        align: float = 0,
    ) -> None:
        """*said* with its baseline at *y*; *align* is the share of it that lies left of *x*."""
        at = x - align * self.wide(said, size=size, weight=weight)
        self._canvas.drawString(said, at, y, _font(size, weight), _paint(colour))

    def wide(self, said: str, *, size: float = TEXT, weight: int = 400) -> float:
        return float(_font(size, weight).measureText(said))

    def box(self, x: float, y: float, width: float, height: float, colour: int) -> None:
        self._canvas.drawRect(skia().Rect.MakeXYWH(x, y, width, height), _paint(colour))

    def line(self, points: list[tuple[float, float]], colour: int, width: float, *, dash: bool = False) -> None:
        paint = _paint(colour)
        paint.setStyle(skia().Paint.kStroke_Style)
        paint.setStrokeWidth(width)
        paint.setStrokeJoin(skia().Paint.kRound_Join)
        if dash:
            paint.setPathEffect(skia().DashPathEffect.Make([6, 4], 0))
        path = skia().Path()
        path.addPoly([skia().Point(*point) for point in points], False)
        self._canvas.drawPath(path, paint)

    def dot(self, x: float, y: float) -> None:
        self._canvas.drawCircle(x, y, 4.5, _paint(BAR))

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._surface.makeImageSnapshot().save(str(path), skia().kPNG)


def _font(size: float, weight: int) -> Any:
    font = skia().Font(face("latin", weight), size)
    font.setSubpixel(True)
    font.setLinearMetrics(True)
    font.setHinting(skia().FontHinting.kNone)
    font.setEdging(skia().Font.Edging.kAntiAlias)
    return font


def _paint(colour: int) -> Any:
    return skia().Paint(Color=colour, AntiAlias=True)


def _ticks(values: list[float]) -> list[float]:
    """Round numbers from 0 to beyond the largest value."""
    rough = (max(values) or 1.0) / TICKS
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough)
    return [step * k for k in range(math.ceil(max(values) / step) + 1)]


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"
