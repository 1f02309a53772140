"""What the preview is measured by: its pixels against the renderer's, its clock, its scrubbing, its sound as recorded.

Functions for a page on which `begin` or `flashing` has shown something; nothing here starts a server.
"""

from __future__ import annotations

import base64
import io
import math
import wave
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from infra.media.footage import fill
from infra.media.planes import blank, to_rgb
from infra.media.shots import _Scene
from tasks.render import spec_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.async_api import Page

    from infra.engines import Samples
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

PLAYED = """async seconds => {
  const before = preview.stats();
  preview.seek(0);
  await preview.play();
  await new Promise(resolve => setTimeout(resolve, seconds * 1000));
  const after = preview.stats();
  preview.pause();
  const fresh = name => after[name].slice(before[name].length);
  return { drawn: after.drawn - before.drawn, dropped: after.dropped - before.dropped, errors: fresh('errorsMs'), took: fresh('tookMs') };
}"""  # noqa: E501 - JavaScript
SCRUBBED = """async count => {
  const { frames, fps } = scene, late = [];
  for (let k = 0; k < count; k++) {
    const frame = Math.floor(frames * (0.5 + 0.49 * Math.sin(k * 0.7)));
    await new Promise(resolve => requestAnimationFrame(resolve));
    const asked = performance.timeOrigin + performance.now();
    late.push(await new Promise(resolve => {
      const seen = ({ data }) => {
        if (data.frame !== frame || data.at < asked) return;
        preview.worker.removeEventListener('message', seen);
        resolve(data.at + data.took - asked);
      };
      preview.worker.addEventListener('message', seen);
      preview.seek(frame * 1000 / fps);
      setTimeout(() => resolve(1000), 1000);
    }));
  }
  return late;
}"""
FLASHING = """async ([build, dark, light, click, fps, beats]) => {
  Object.defineProperty(AudioContext.prototype, 'destination', { get() { return this.tape ??= this.createMediaStreamDestination(); } });
  const made = AudioContext;
  globalThis.AudioContext = class extends made { constructor(options) { super(options); globalThis.sounding = this; } };
  const { Preview } = await import(`/studio/-/${build}/preview.js`);
  const url = key => `/api/assets/${key}`, sides = { width: 320, height: 180 }, plain = { focus: [0.5, 0.5], layers: [], draft: false, footage: false };
  const shots = Array.from({ length: beats }, (_, k) => {
    const key = k % 2 ? light : dark;
    return {
      id: `s${k + 1}`, first: k * fps, frames: fps, startBeat: k, beats: 1, leastBeats: 1, motion: 'hold', transition: 'cut', transitionFrames: 0, leadMs: 0,
      picture: { url: url(key), key, ...sides, ...plain }, caption: '', cues: [], sheet: null, lettered: true,
      voice: k % 2 ? { url: url(click), key: click, offset: 0, durationMs: 500, words: [] } : null,
    };
  });
  const scene = { ...sides, fps, bpm: 60, frames: beats * fps, beats, language: 'en', captionStyle: 'clean', stage: 'made', shots, bed: null };
  const canvas = Object.assign(document.createElement('canvas'), sides);
  canvas.style.display = 'block';
  document.body.replaceChildren(canvas);
  const preview = new Preview(canvas);
  preview.set(scene);
  Object.assign(globalThis, { preview, scene, canvas });
}"""  # noqa: E501 - JavaScript
RECORDED = """async () => {
  await preview.play();
  const stream = new MediaStream([...canvas.captureStream().getTracks(), ...sounding.destination.stream.getTracks()]), parts = [];
  const recorder = new MediaRecorder(stream, { mimeType: 'video/webm;codecs=vp8,opus' });
  recorder.ondataavailable = ({ data }) => parts.push(data);
  recorder.start();
  while (preview.playing.value) await new Promise(resolve => setTimeout(resolve, 100));
  recorder.stop();
  await new Promise(resolve => (recorder.onstop = resolve));
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
  return btoa(text);
}"""  # noqa: E501 - JavaScript
BUILD = "document.querySelector('script[type=module]').src.split('/').at(-2)"


async def begin(page: Page, api: str, project: dict[str, Any], width: int = 854) -> dict[str, Any]:
    """Show *project* (as the API gives it) in a preview of *width* pixels; return the scene."""
    if not page.url.startswith(api):
        await page.goto(f"{api}/studio")
    build = await page.evaluate(BUILD)
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


async def played(page: Page, seconds: float) -> dict[str, float]:
    """Play from the beginning: frames drawn and dropped, p95 of the drawing clock's error and of a frame's drawing."""
    found = await page.evaluate(PLAYED, seconds)
    errors, took = np.abs(found["errors"]), np.array(found["took"])
    return {
        "drawn": found["drawn"],
        "dropped": found["dropped"],
        "dropped_share": found["dropped"] / max(1, found["drawn"] + found["dropped"]),
        "clock_error_p95_ms": float(np.percentile(errors, 95)),
        "drawing_p95_ms": float(np.percentile(took, 95)),
    }


async def scrubbed(page: Page, count: int = 120) -> float:
    """Seek to and fro: p95 of the time from a seek until its frame is drawn, in ms."""
    return float(np.percentile(await page.evaluate(SCRUBBED, count), 95))


def flash_assets() -> tuple[bytes, bytes, bytes]:
    """A dark and a light picture (PNG) and half a second that begins with a click (WAV), for `flashing`."""
    pictures = [cv2.imencode(".png", np.full((180, 320, 3), level, np.uint8))[1].tobytes() for level in (0, 255)]
    sound = np.zeros(24_000, np.int16)
    sound[:1200] = (20_000 * np.sin(np.arange(1200) * (2 * np.pi / 24))).astype(np.int16)
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(sound.tobytes())
    return pictures[0], pictures[1], target.getvalue()


async def flashing(page: Page, api: str, assets: tuple[str, str, str], beats: int = 20) -> None:
    """Show a film that turns light every other second, with a click; *assets* are the hashes of `flash_assets`."""
    await page.goto(f"{api}/studio")
    await page.evaluate(FLASHING, [await page.evaluate(BUILD), *assets, 30, beats])


async def recorded_errors_ms(page: Page) -> list[float]:
    """Play what `flashing` shows, record canvas and sound, and say how far each flash is after its click."""
    tape = base64.b64decode(await page.evaluate(RECORDED))
    flashes, clicks = _flashes(tape), _clicks(tape)
    return [1000 * (flash - min(clicks, key=lambda click: abs(click - flash))) for flash in flashes]


def _flashes(tape: bytes) -> list[float]:
    """When a recording turns light, in seconds."""
    with av.open(io.BytesIO(tape)) as container:
        seen = [(float(f.time or 0), float(f.to_ndarray(format="gray").mean())) for f in container.decode(video=0)]
    return [time for (_, before), (time, light) in pairwise(seen) if before < 100 < light]


def _clicks(tape: bytes) -> list[float]:
    """When sound begins after silence, in seconds."""
    times: list[float] = []
    quiet_since = 0.0
    for start, rate, samples in _blocks(tape):
        for place in np.flatnonzero(np.abs(samples) > 0.05):
            now = start + place / rate
            if now - quiet_since > 0.3:
                times.append(now)
            quiet_since = now
    return times


def _blocks(tape: bytes) -> Iterator[tuple[float, int, Samples]]:
    with av.open(io.BytesIO(tape)) as container:
        for frame in container.decode(audio=0):
            yield float(frame.time or 0), frame.sample_rate, frame.to_ndarray().mean(axis=0)
