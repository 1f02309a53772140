"""What the preview is measured by: its pixels against the renderer's, its clock, its sound against its picture, its scrubbing.

Functions for a page that `begin` has shown a project on; nothing here starts a server.
"""

from __future__ import annotations

import asyncio
import base64
import math
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from infra.media.footage import fill
from infra.media.planes import blank, to_rgb
from infra.media.shots import _Scene
from tasks.render import spec_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.async_api import Page

    from infra.media.planes import Planes
    from tasks.schema import Timeline

BEGIN = """async ([build, width, project, made]) => {
  const at = name => import(`/studio/-/${build}/${name}`);
  const [{ Preview }, { sceneOf }] = await Promise.all([at('preview.js'), at('core/scene.js')]);
  const { snapshot, brief, edits, title } = project;
  const scene = sceneOf(snapshot, { title, brief, edits }, made);
  const canvas = document.createElement('canvas');
  canvas.style.width = `${width}px`;
  canvas.style.height = `${width * scene.height / scene.width}px`;
  canvas.style.display = 'block';
  document.body.replaceChildren(canvas);
  const preview = new Preview(canvas);
  preview.set(scene);
  Object.assign(globalThis, { preview, scene, canvas });
  return scene;
}"""
PIXELS = """async frame => {
  const { data, width, height, whole } = await preview.pixels(frame);
  let text = '';
  const bytes = new Uint8Array(data);
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return [btoa(text), width, height, whole];
}"""


async def begin(page: Page, api: str, project: dict[str, Any], width: int = 854) -> dict[str, Any]:
    """Show *project* (as the API gives it) in a preview of *width* pixels; return the scene."""
    if not page.url.startswith(api):
        await page.goto(f"{api}/studio")
    build = await page.evaluate("document.querySelector('script[type=module]').src.split('/').at(-2)")
    scene: dict[str, Any] = await page.evaluate(BEGIN, [build, width, project, None])
    return scene


async def canvas_frame(page: Page, frame: int) -> np.ndarray[Any, Any]:
    """What the canvas shows of a frame at the film's size: (h, w, 3) sRGB."""
    text, width, height, whole = await page.evaluate(PIXELS, frame)
    assert whole, f"frame {frame} was drawn before all of it was there"
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]


def rendered_frame(timeline: Timeline, frame: int, path_of: Callable[[str], Path]) -> Planes:
    """What the renderer hands the encoder as that frame."""
    index = max(k for k in range(len(timeline.shots)) if timeline.cut(k) <= frame)
    spec = spec_of(timeline, index)
    planes = blank(spec.width, spec.height)
    scene = _Scene(spec, {sha256: path_of(sha256) for sha256 in spec.hashes})
    try:
        scene.draw(frame - timeline.cut(index), planes)
    finally:
        scene.close()
    return planes


def psnr_db(canvas: np.ndarray[Any, Any], planes: Planes) -> tuple[float, float]:
    """How near a canvas is to the renderer: in the film's own planes (all samples of Y, Cb, Cr), and in sRGB."""
    own = blank(canvas.shape[1], canvas.shape[0])
    fill(own, np.ascontiguousarray(canvas))
    errors = [np.square(a.astype(np.int32) - b) for a, b in zip(own, planes, strict=True)]
    mean = sum(int(error.sum()) for error in errors) / sum(error.size for error in errors)
    return _db(mean), float(cv2.PSNR(np.ascontiguousarray(canvas), to_rgb(planes)))


def _db(mean_square: float) -> float:
    return 10 * math.log10(255**2 / mean_square) if mean_square else math.inf
