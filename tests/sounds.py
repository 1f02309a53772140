"""Sounds for tests: made up, of known level, tempo and place. Stereo is (n, 2), mono (n,), at 48 kHz."""

from __future__ import annotations

import math
from fractions import Fraction

import av
import numpy as np
import soundfile

RATE = 48000


def sine(hertz, level_db, seconds, *, rate=RATE, phase=0.0):
    t = np.arange(round(seconds * rate)) / rate
    tone = (10 ** (level_db / 20) * np.sin(2 * np.pi * hertz * t + phase)).astype(np.float32)
    return np.repeat(tone[:, None], 2, axis=1)


def speech(seconds, seed=1):
    """Noise in the band and the rhythm of speech."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(round(seconds * RATE)))
    hertz = np.fft.rfftfreq(round(seconds * RATE), 1 / RATE)
    spectrum *= (hertz > 150) & (hertz < 3500)
    noise = np.fft.irfft(spectrum, round(seconds * RATE))
    syllables = np.abs(np.sin(2 * np.pi * 2.2 * np.arange(len(noise)) / RATE)) ** 2
    return (0.2 * noise * syllables).astype(np.float32)


def music(seconds):
    chord = sum(sine(f, -26, seconds) for f in (110, 220, 277, 330))
    return chord.astype(np.float32)


def song(bpm, seconds, *, first_s=0.0, seed=1):
    """Kick on one and three, snare on two and four, quiet hats between, a chord that changes with the bar."""
    noise, size = np.random.default_rng(seed), round(seconds * RATE)
    out = np.zeros(size, np.float32)
    for half in range(int((seconds - first_s) * bpm / 30)):
        at = round((first_s + half * 30 / bpm) * RATE)
        t = np.arange(min(RATE // 10, size - at)) / RATE
        if half % 2:
            hit = 0.05 * noise.standard_normal(len(t)) * np.exp(-t * 200)
        elif half % 4 == 0:
            hit = (0.7 if half % 8 == 0 else 0.5) * np.sin(2 * np.pi * 60 * t) * np.exp(-t * 40)
        else:
            hit = 0.3 * noise.standard_normal(len(t)) * np.exp(-t * 60)
        out[at : at + len(t)] += hit.astype(np.float32)
    t = np.arange(size) / RATE
    bar = np.floor((t - first_s) * bpm / 240).astype(int)
    out += 0.05 * np.sin(2 * np.pi * np.array([220, 261.6, 196, 246.9])[bar % 4] * t).astype(np.float32)
    return np.repeat(out[:, None], 2, axis=1)


def level_db(sound):
    return 10 * math.log10(float(np.mean(np.square(sound))) + 1e-12)


def written(path, samples, rate=RATE, **tags):
    """A file of the kind its name says: WAV, FLAC, Ogg by soundfile; MP3, M4A by FFmpeg, with tags."""
    if path.suffix in {".mp3", ".m4a"}:
        codec = {".mp3": "mp3", ".m4a": "aac"}[path.suffix]
        with av.open(str(path), "w") as out:
            out.metadata.update(tags)
            stream = out.add_stream(codec, rate=rate, layout="stereo", bit_rate=192_000)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
            resampler = av.AudioResampler(format=stream.format.name, layout="stereo", rate=rate)
            for piece in resampler.resample(frame):
                out.mux(stream.encode(piece))
            out.mux(stream.encode(None))
    else:
        soundfile.write(path, samples, rate, subtype="PCM_16" if path.suffix != ".ogg" else None)
    return path
