"""Rendering on bad days: nothing to show, huge and broken pictures, a full disk, a killed process, 10,000 shots."""

import hashlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image

from infra.errors import BadInput, StoreFull
from infra.media import audio, mastering, mux
from infra.media.shots import ShotSpec, Still, render_shot
from infra.media.tape import RATE, Reel
from infra.store import ABANDONED_S, fresh_file, sweep

PAGE = 4096
FRAMES = 12
HIGHEST = "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"


def spec_of(sha256: str, frames: int = FRAMES, **changes) -> ShotSpec:
    values = {"width": 160, "height": 90, "fps": 30, "frames": frames, "still": Still(sha256, "push", frames)}
    return ShotSpec(**values | changes)


def kept(path: Path) -> dict[str, Path]:
    return {hashlib.sha256(path.read_bytes()).hexdigest(): path}


@pytest.fixture
def noise(tmp_path) -> dict[str, Path]:
    """A picture that compresses badly, by its hash."""
    path = tmp_path / "noise.png"
    cv2.imwrite(str(path), np.random.default_rng(1).integers(0, 256, (90, 160, 3), dtype=np.uint8))
    return kept(path)


def shot(noise: dict[str, Path], path: Path, frames: int = FRAMES) -> Path:
    render_shot(spec_of(next(iter(noise)), frames), noise, path)
    return path


def frames_of(path: Path) -> int:
    with av.open(str(path)) as film:
        return sum(1 for _ in film.decode(video=0))


def python(code: str, *words: object, **options) -> subprocess.CompletedProcess[str]:
    """Run *code* in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, words)],
        capture_output=True, text=True, check=False, timeout=120, **options,
    )  # fmt: skip


# ── nothing to show ──


def test_a_shot_of_no_frames_is_refused():
    with pytest.raises(BadInput, match="0 frames"):
        spec_of("a", 0)


def test_a_still_shorter_than_its_shot_is_refused():
    with pytest.raises(BadInput, match="5 frames cannot fill a shot of 12"):
        spec_of("a", still=Still("a", "push", 5))


@pytest.mark.parametrize(("frames", "before"), [(4, 30), (30, 4)])
def test_a_shot_shorter_than_its_transition_is_refused(frames, before):
    with pytest.raises(BadInput, match="longer than the shots it joins"):
        spec_of("a", frames, transition="wipe", transition_frames=5, before=Still("b", "hold", before))


def test_shots_of_one_frame_make_a_film(noise, tmp_path):
    shots = [shot(noise, tmp_path / f"{n}.mp4", frames) for n, frames in enumerate((1, 1, 2, 1))]
    assert mux.join(shots, 30, None, tmp_path / "film.mp4") == frames_of(tmp_path / "film.mp4") == 5


def test_a_film_of_no_shots_is_refused(tmp_path):
    with pytest.raises(BadInput, match="at least one shot"):
        mux.join([], 30, None, tmp_path / "film.mp4")


# ── pictures of any kind ──


def test_a_picture_of_one_pixel_is_shown(tmp_path):
    Image.new("RGB", (1, 1), (200, 30, 10)).save(tmp_path / "one.png")
    files = kept(tmp_path / "one.png")
    render_shot(spec_of(next(iter(files)), 3), files, tmp_path / "shot.mp4")
    with av.open(str(tmp_path / "shot.mp4")) as film:
        seen = [frame.to_ndarray(format="rgb24").astype(int) for frame in film.decode(video=0)]
    assert len(seen) == 3
    assert all(np.abs(frame - (200, 30, 10)).max() < 12 for frame in seen)


def test_a_huge_jpeg_is_rendered_in_little_memory(tmp_path):
    """20,000 x 20,000 pixels are 1.2 GB; the process that renders them stays below 400 MB."""
    made = python(
        """
        import sys
        from PIL import Image
        Image.MAX_IMAGE_PIXELS = None
        Image.new("L", (20_000, 20_000), 90).save(sys.argv[1], quality=30)
        """,
        tmp_path / "huge.jpg",
    )
    assert made.returncode == 0, made.stderr
    done = python(
        f"""
        import sys
        from pathlib import Path
        from infra.media.shots import ShotSpec, Still, render_shot
        spec = ShotSpec(width=1280, height=720, fps=30, frames=3, still=Still("huge", "push", 3))
        render_shot(spec, {{"huge": Path(sys.argv[1])}}, Path(sys.argv[2]))
        {HIGHEST}
        """,
        tmp_path / "huge.jpg", tmp_path / "shot.mp4",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * 1024 < 400e6
    assert frames_of(tmp_path / "shot.mp4") == 3


def test_a_huge_png_is_refused_with_the_limit(tmp_path):
    Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    files = kept(tmp_path / "huge.png")
    with pytest.raises(BadInput, match=r"huge\.png has 20,000x20,000 pixels.*at most 34 million"):
        render_shot(spec_of(next(iter(files))), files, tmp_path / "out" / "shot.mp4")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.98])
def test_a_picture_cut_off_is_named(noise, tmp_path, suffix, share):
    path = tmp_path / f"torn{suffix}"
    cv2.imwrite(str(path), cv2.imread(str(next(iter(noise.values())))))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(BadInput, match=rf"torn\{suffix} is (cut off|not a picture)"):
        render_shot(spec_of("torn"), {"torn": path}, tmp_path / "out" / "shot.mp4")
    assert not (tmp_path / "out").exists()


# ── very many shots ──


def test_ten_thousand_shots_are_joined_with_few_open_files_and_little_memory(noise, tmp_path):
    shots = [shot(noise, tmp_path / f"{n}.mp4", n) for n in (1, 2, 3)]
    done = python(
        """
        import resource, sys
        from pathlib import Path
        from infra.media import mux
        def highest():
            return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
        *shots, out = map(Path, sys.argv[1:])
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        mux.join(shots * 10, 30, None, out)
        before = highest()
        frames = mux.join([shots[n % 3] for n in range(10_000)], 30, None, out)
        print(frames, highest() - before)
        """,
        *shots, tmp_path / "film.mp4",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    frames, grown = map(int, done.stdout.split())
    with av.open(str(tmp_path / "film.mp4")) as film:
        stamps = [packet.pts for packet in film.demux(video=0) if packet.size]
        step = 1 / (30 * film.streams.video[0].time_base)
    assert frames == len(stamps) == 3333 * 6 + 1
    assert sorted(stamps) == [round(k * step) for k in range(frames)]
    assert grown < 60_000


# ── a full disk ──


def sound(path: Path) -> None:
    rng = np.random.default_rng(1)
    with Reel(path.parents[1] / "reel") as reel:
        blocks = [rng.uniform(-0.3, 0.3, (RATE, 2)).astype(np.float32) for _ in range(3)]
        with fresh_file(path.parent, ".m4a") as fresh:
            mastering.deliver(mastering.Mix(reel, blocks), fresh)
            fresh.replace(path)


def flac(path: Path) -> None:
    with fresh_file(path.parent, ".flac") as fresh:
        audio.write_flac(fresh, np.random.default_rng(1).uniform(-0.3, 0.3, 20_000).astype(np.float32), 24_000)
        fresh.replace(path)


def flac_in_blocks(path: Path) -> None:
    with fresh_file(path.parent, ".flac") as fresh:
        audio.write_flac_blocks(fresh, [np.random.default_rng(1).uniform(-0.3, 0.3, (9_000, 2)).astype(np.float32)] * 2)
        fresh.replace(path)


WRITERS = ("shot", "master", "sound", "flac", "flac in blocks")


@pytest.fixture
def write(noise, tmp_path, request) -> Callable[[Path], object]:
    """What writes one kind of file."""
    if request.param == "master":
        shots = [shot(noise, tmp_path / "one.mp4")] * 3
        return lambda path: mux.join(shots, 30, None, path)
    return {
        "shot": lambda path: shot(noise, path),
        "sound": sound,
        "flac": flac,
        "flac in blocks": flac_in_blocks,
    }[request.param]


@contextmanager
def disk_of(size: int, folder: Path) -> Iterator[Path]:
    """A file system with room for *size* bytes."""
    folder.mkdir(exist_ok=True)
    mounted = shutil.which("mount") and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)], capture_output=True, check=False
    )
    if not mounted or mounted.returncode:
        pytest.skip("a file system of a given size cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("write", WRITERS, indirect=True)
def test_a_disk_that_fills_is_told_and_shows_nothing_half_written(write, tmp_path):
    """At the first bytes, half way, in the last pages (where the index is moved to the front): always told."""
    (tmp_path / "room").mkdir()
    write(tmp_path / "room" / "whole")
    whole = (tmp_path / "room" / "whole").read_bytes()
    pages = -(-len(whole) // PAGE)
    for some in sorted({1, pages // 2, pages - 2, pages - 1}):
        with disk_of(PAGE * some, tmp_path / "disk") as disk:
            with pytest.raises(StoreFull, match=r"Cannot write in .*disk: No space left.*Free some space"):
                write(disk / "file")
            assert list(disk.iterdir()) == []
    with disk_of(PAGE * (pages + 1), tmp_path / "disk") as disk:
        write(disk / "file")
        assert (disk / "file").read_bytes() == whole


@pytest.mark.parametrize("write", WRITERS, indirect=True)
def test_a_file_too_large_for_its_disk_is_told(write, tmp_path):
    (tmp_path / "out").mkdir()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    (tmp_path / "reel").mkdir()
    write(tmp_path / "whole")
    resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "whole").stat().st_size - 100, before[1]))
    try:
        with pytest.raises(StoreFull, match=r"Cannot write in .*: File too large"):
            write(tmp_path / "out" / "file")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list((tmp_path / "out").iterdir()) == []


def test_finished_shots_outlive_a_full_disk(noise, tmp_path):
    room = shot(noise, tmp_path / "whole.mp4").stat().st_size
    with disk_of(room * 5 // 2 // PAGE * PAGE, tmp_path / "disk") as disk:
        for n in range(2):
            shot(noise, disk / f"{n}.mp4")
        with pytest.raises(StoreFull, match="what was finished is kept"):
            shot(noise, disk / "2.mp4")
        assert sorted(path.name for path in disk.iterdir()) == ["0.mp4", "1.mp4"]
        assert {frames_of(path) for path in disk.iterdir()} == {FRAMES}


# ── a killed process, and another ──

FOUR_SHOTS = """
    import os, signal, sys
    from pathlib import Path
    from infra.media.shots import ShotSpec, Still, render_shot
    picture, folder, killed = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "killed"
    for number, motion in enumerate(("push", "pan_left", "pull", "tilt_up")):
        spec = ShotSpec(width=160, height=90, fps=30, frames=12, still=Still("picture", motion, 12))
        path = folder / f"{spec.key}.mp4"
        def told(frame):
            if killed and number == 2 and frame == 8:
                os.kill(os.getpid(), signal.SIGKILL)
        if not path.exists():
            render_shot(spec, {"picture": picture}, path, on_frame=told)
            print(number)
    """


def test_a_killed_process_is_gone_on_from_where_it_was(noise, tmp_path):
    picture, folder, unbroken = next(iter(noise.values())), tmp_path / "shots", tmp_path / "unbroken"
    killed = python(FOUR_SHOTS, picture, folder, "killed")
    assert killed.returncode == -signal.SIGKILL
    done = {path: path.stat() for path in folder.glob("[!.]*")}
    left = set(folder.iterdir()) - set(done)
    assert len(done) == 2
    assert len(left) == 1

    again = python(FOUR_SHOTS, picture, folder, "unharmed")
    assert again.returncode == 0, again.stderr
    assert again.stdout.split() == ["2", "3"]
    for path, before in done.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

    python(FOUR_SHOTS, picture, unbroken, "unharmed")
    whole = {path.name: path.read_bytes() for path in unbroken.iterdir()}
    assert len(whole) == 4
    assert {path.name: path.read_bytes() for path in folder.glob("[!.]*")} == whole


def test_what_killed_processes_left_is_swept_after_a_day(noise, tmp_path):
    python(FOUR_SHOTS, next(iter(noise.values())), tmp_path / "shots", "killed")
    [left] = (tmp_path / "shots").glob(".*")
    (tmp_path / "shots" / ".mine").touch()
    whole = [path for path in (tmp_path / "shots").iterdir() if path != left]
    sweep(tmp_path)
    assert left.exists()
    for path in (left, *whole):
        os.utime(path, (0, path.stat().st_mtime - ABANDONED_S - 60))
    sweep(tmp_path)
    assert sorted((tmp_path / "shots").iterdir()) == sorted(whole)


SHOWN_TWICE = """
    import hashlib, sys
    from pathlib import Path
    from infra.media.captions import Caption
    from infra.media.shots import ShotSpec, Still, render_shot
    from infra.media.timing import Word
    from infra.media.transitions import TRANSITIONS
    files = {name: Path(sys.argv[1]) / f"{name}.png" for name in ("one", "two", "far", "near")}
    size = {"width": 160, "height": 90, "fps": 30, "frames": 8}
    one, two = Still("one", "push", 8), Still("two", "pan_left", 16)
    layered = Still("one", "parallax_left", 8, layers=(("far", 0.0), ("near", 1.0)))
    bold = Caption("Bees see more", (Word("Bees", 0.0, 0.1), Word("see", 0.1, 0.2)), "en", "bold")
    specs = [ShotSpec(**size, still=one, transition=name, transition_frames=5 * (name != "cut"), before=two)
             for name in TRANSITIONS]
    specs += [ShotSpec(**size, still=layered), ShotSpec(**size, still=one, caption=bold)]
    out = Path(sys.argv[1]) / "out" / "shot.mp4"
    for spec in specs:
        render_shot(spec, files, out)
        print(hashlib.sha256(out.read_bytes()).hexdigest(), spec.key)
    """


def test_two_processes_give_the_same_bytes(tmp_path):
    rng = np.random.default_rng(1)
    for name, depth in (("one", 3), ("two", 3), ("far", 4), ("near", 4)):
        pixels = rng.integers(0, 256, (90, 160, depth), dtype=np.uint8)
        if name == "far":
            pixels[..., 3] = 255
        cv2.imwrite(str(tmp_path / f"{name}.png"), pixels)
    told = [python(SHOWN_TWICE, tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}) for seed in ("1", "2")]
    assert [done.returncode for done in told] == [0, 0], told[0].stderr
    assert told[0].stdout == told[1].stdout
    hashes = told[0].stdout.split()
    assert len(set(hashes)) == len(hashes) == 12
