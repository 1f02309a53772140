"""A sketch of a picture: flat bands and discs in the palette, placed by the hash of the prompt. No meaning is drawn."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from infra.engines import Layer, Look, Picture
from infra.errors import BadInput

IDENTITY = "sketch-image/1"


class Sketch:
    """Draws in milliseconds; the same arguments give the same pixels, other prompts other shapes."""

    def __init__(self, model: str = "") -> None:
        self.identity = self.identify(model)

    @staticmethod
    def identify(_model: str) -> str:
        """The identity; there are no weights."""
        return IDENTITY

    def draw(self, prompt: str, *, width: int, height: int, look: Look, seed: int) -> Picture:
        """Three bands of the palette and five discs whose places and sizes are the hash of *prompt* and *seed*."""
        if min(width, height) < 16:
            raise BadInput(f"A picture of {width}x{height} is too small to draw.", "Ask for at least 16x16 pixels.")
        colours = [tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) for code in look.palette]
        noise = hashlib.sha256(f"{seed}\n{prompt}".encode()).digest()
        back = np.empty((height, width, 4), np.uint8)
        for band in range(3):
            back[height * band // 3 : height * (band + 1) // 3] = (*colours[band], 255)
        front = np.zeros_like(back)
        for disc in range(5):
            x, y, size = noise[3 * disc : 3 * disc + 3]
            centre = (x * width // 256, y * height // 256)
            cv2.circle(front, centre, max(4, size * min(width, height) // 1024), (*colours[3 + disc % 2], 255), -1)
        over = front[..., 3:] > 0
        return Picture(
            np.where(over, front, back)[..., :3].copy(), (Layer(back, 0.0), Layer(front, 1.0)), ("sketch", prompt[:40])
        )
