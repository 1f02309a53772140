"""A film of flashes and clicks that fall together, and how far apart they are once it is played."""

import hashlib
import os
import subprocess
from fractions import Fraction

import av
import cv2
import imageio_ffmpeg
import numpy as np

from infra.media.audio import encode_aac
from infra.media.mux import join
from infra.media.shots import ShotSpec, Still, render_shot

RATE = 48_000
SIZE = (160, 96)


def flash_film(folder, fps=30, lengths=(15, 3, 200, 3, 90, 3, 40), quality="standard", size=SIZE):
    """An MP4 whose every second shot is a white flash with a click at its first frame; and the times of those."""
    stills = {}
    for name, value in (("black", 0), ("white", 255)):
        path = folder / f"{name}.png"
        cv2.imwrite(str(path), np.full((size[1], size[0], 3), value, np.uint8))
        stills[name] = (hashlib.sha256(path.read_bytes()).hexdigest(), path)
    shots = []
    for index, frames in enumerate(lengths):
        sha, _ = stills["white" if index % 2 else "black"]
        shots.append(folder / f"shot{index}.mp4")
        render_shot(
            ShotSpec(*size, fps, frames, Still(sha, "push", frames), quality=quality), dict(stills.values()), shots[-1]
        )
    edges = np.concatenate([[0], np.cumsum(lengths)])
    sound = np.zeros((edges[-1] * RATE // fps, 2), np.float32)
    for edge in edges[1:-1:2]:
        at = edge * RATE // fps
        sound[at : at + 240] = 0.7 * np.sin(2 * np.pi * 3000 * np.arange(240) / RATE)[:, None]
    encode_aac([sound], folder / "sound.m4a")
    join(shots, fps, folder / "sound.m4a", folder / "flashes.mp4", language="en")
    return folder / "flashes.mp4", [edge / fps for edge in edges[1:-1:2]]


def av1_film(film, out):
    """The same film with AV1 pictures."""
    os.environ.setdefault("SVT_LOG", "1")
    with av.open(str(film)) as source, av.open(str(out), "w") as target:
        seen, heard = source.streams.video[0], source.streams.audio[0]
        video = target.add_stream(
            "libsvtav1", rate=seen.average_rate, options={"preset": "12", "svtav1-params": "lp=1"}
        )
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        video.codec_context.gop_size = 60
        sound = target.add_stream_from_template(heard)
        for packet in source.demux(seen, heard):
            if packet.stream is heard:
                if packet.size:
                    packet.stream = sound
                    target.mux(packet)
                continue
            for frame in packet.decode():
                frame.pict_type = 0
                target.mux(video.encode(frame))
        target.mux(video.encode(None))
    return out


def played(path, folder):
    """What the ffmpeg program plays of *path*, as a file without compression."""
    out = folder / "played.mkv"
    program = imageio_ffmpeg.get_ffmpeg_exe()
    words = [program, "-v", "error", "-y", "-i", str(path), "-map", "0:v:0", "-map", "0:a:0", "-fps_mode"]
    ran = subprocess.run(
        [*words, "passthrough", "-enc_time_base:v", "1:90000", "-c:v", "ffv1", "-c:a", "pcm_f32le", str(out)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert not ran.stderr.strip(), ran.stderr
    return out


def flashes_of(path):
    """Times of all frames, and of those that turn bright."""
    times, bright = [], []
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            times.append(float(frame.pts * Fraction(frame.time_base)))
            bright.append(np.frombuffer(frame.planes[0], np.uint8).mean() > 120)
    return times, [at for at, now, was in zip(times, bright, [False, *bright], strict=False) if now and not was]


def clicks_of(path):
    """When each click begins, and how many samples are heard in all."""
    clicks, last, total = [], -RATE, 0
    with av.open(str(path)) as film:
        for frame in film.decode(audio=0):
            samples = frame.to_ndarray()
            left = samples[0] if frame.format.is_planar else samples.reshape(frame.samples, -1)[:, 0]
            loud = np.nonzero(np.abs(left) > 0.2)[0]
            for at in loud:
                if total + at - last > RATE // 20:
                    clicks.append(float(frame.pts * Fraction(frame.time_base)) + at / RATE)
                last = total + at
            total += frame.samples
    return clicks, total


def apart_ms(path):
    """How much later than its flash each click is heard."""
    _, flashes = flashes_of(path)
    clicks, _ = clicks_of(path)
    assert len(clicks) == len(flashes) > 0
    return [1000 * (click - flash) for click, flash in zip(clicks, flashes, strict=True)]
