"""The smallest picture engine: flat shapes in the palette and the prompt's initials, for tests and trials.

It reads nothing of the prompt but its letters: the shapes come from a hash, not from meaning.
"""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from infra.engines import Layer, Look, Picture, Pixels
from infra.errors import BadInput, UnknownName


class Sketch:
    """Draws in milliseconds; the same arguments give the same pixels."""

    identity = "image-sketch/1"

    def __init__(self, model: str = "") -> None:
        self.identify(model)

    @classmethod
    def identify(cls, model: str = "") -> str:
        """`image-sketch/1`; there are no models to choose from."""
        if model:
            raise UnknownName("sketch model", model, ["sketch"])
        return cls.identity

    def draw(self, prompt: str, *, width: int, height: int, look: Look, seed: int) -> Picture:
        """Two bands of sky and land (far) and three shapes with the initials (near), which compose to the picture."""
        if min(width, height) < 1:
            raise BadInput(f"A picture of {width}×{height} px cannot be drawn.", "Both sides must be at least 1 px.")
        tones = [tuple(int(text[place : place + 2], 16) for place in (1, 3, 5)) for text in look.palette]
        dice = hashlib.sha256(f"{prompt}|{seed}".encode()).digest()
        far = np.empty((height, width, 4), np.uint8)
        far[:] = (*tones[0], 255)
        far[height * (dice[0] + 300) // 700 :] = (*tones[2], 255)
        near: Pixels = np.zeros_like(far)
        for index in range(3):
            x, y = width * dice[1 + index] // 255, height * dice[4 + index] // 255
            cv2.circle(
                near,
                (x, y),
                max(2, min(width, height) * (60 + dice[7 + index]) // 900),
                (*tones[(1, 3, 4)[index]], 255),
                -1,
            )
        initials = "".join(word[0] for word in prompt.split() if word[0].isascii() and word[0].isalnum())[:4].upper()
        place = (width // 12, height * 11 // 12)
        cv2.putText(
            near, initials, place, cv2.FONT_HERSHEY_SIMPLEX, height / 220, (*tones[4], 255), max(1, height // 90)
        )
        near[near[..., 3] < 255] = 0
        pixels = np.where(near[..., 3:] > 0, near, far)[..., :3]
        return Picture(np.ascontiguousarray(pixels), (Layer(far, 0.0), Layer(near, 1.0)), tuple(prompt.split()[:3]))
