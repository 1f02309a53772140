"""Full disks, kills and ten thousand shots: nothing half-made is seen, what was finished is kept, memory is bounded."""

import os
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from infra.errors import StoreFull
from infra.media.mux import join
from infra.media.probe import probe
from infra.media.shots import ShotSpec, Still, render_shot

FILM = """
import resource, sys, time
from pathlib import Path
from infra.errors import StoreFull
from infra.media.mux import join
from infra.media.shots import ShotSpec, Still, render_shot
picture, folder, limit, pause = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
sha = "0" * 64
specs = [ShotSpec(320, 180, 30, n, Still(sha, "push", n)) for n in (3, 30, 60)]
def slowly(index):
    if pause:
        print(index, flush=True)
        time.sleep(pause)
made = []
for spec in specs:
    path = folder / f"{spec.key}.mp4"
    if limit and len(made) == 1:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    if not path.exists():
        try:
            render_shot(spec, {sha: picture}, path, on_frame=slowly)
        except StoreFull as error:
            sys.exit(f"FULL {error}")
        print("rendered", spec.frames, flush=True)
    made.append(path)
try:
    join(made, 30, None, folder / "film.mp4")
except StoreFull as error:
    sys.exit(f"FULL {error}")
"""


@pytest.fixture
def picture(tmp_path):
    """Noise: every frame takes some kilobytes."""
    pixels = np.random.default_rng(0).integers(0, 256, (180, 320, 3), dtype=np.uint8)
    cv2.imwrite(str(tmp_path / "noise.png"), pixels)
    return tmp_path / "noise.png"


def film(picture, folder, *, limit=0, pause=0.0):
    """The process that renders three shots into *folder* and joins them."""
    folder.mkdir(exist_ok=True)
    words = [sys.executable, "-c", FILM, str(picture), str(folder), str(limit), str(pause)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_that_may_not_grow_is_a_full_store(tmp_path, picture):
    whole = film(picture, tmp_path / "whole")
    assert whole.communicate()[1] == ""
    process = film(picture, tmp_path / "full", limit=30_000)
    said = process.communicate()[1]
    assert process.returncode != 0
    assert "FULL Cannot write in" in said
    assert "what was finished is kept" in said
    [(name, kept)] = files_in(tmp_path / "full").items()
    assert kept == files_in(tmp_path / "whole")[name]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of half a megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount a file system")
def test_a_disk_that_fills_while_rendering_keeps_the_earlier_shots(small_disk, picture):
    sha = "0" * 64
    first = ShotSpec(320, 180, 30, 3, Still(sha, "push", 3))
    render_shot(first, {sha: picture}, small_disk / "first.mp4")
    kept = files_in(small_disk)
    with pytest.raises(StoreFull, match="what was finished is kept"):
        render_shot(ShotSpec(320, 180, 30, 90, Still(sha, "push", 90)), {sha: picture}, small_disk / "second.mp4")
    assert files_in(small_disk) == kept


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount a file system")
def test_a_disk_that_fills_while_joining_leaves_no_master(small_disk, tmp_path, picture):
    sha = "0" * 64
    render_shot(ShotSpec(320, 180, 30, 60, Still(sha, "push", 60)), {sha: picture}, tmp_path / "shot.mp4")
    assert (tmp_path / "shot.mp4").stat().st_size > 200_000
    with pytest.raises(StoreFull, match="Cannot write in"):
        join([tmp_path / "shot.mp4"] * 4, 30, None, small_disk / "film.mp4")
    assert files_in(small_disk) == {}


def test_a_killed_rendering_goes_on_where_it_was(tmp_path, picture):
    """Killed in the third shot; the next run renders that one only, and the film is that of an unbroken run."""
    whole = film(picture, tmp_path / "whole")
    whole.communicate()
    process = film(picture, tmp_path / "killed", pause=0.002)
    for line in process.stdout:
        if line.startswith("rendered 30"):
            break
    for line in process.stdout:
        if line.strip() == "20":
            break
    process.send_signal(signal.SIGKILL)
    process.communicate()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "killed").glob("[0-9a-f]*.mp4")}
    assert len(before) == 2
    said = film(picture, tmp_path / "killed").communicate()[0]
    assert said.split() == ["rendered", "60"]
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    killed, unbroken = (files_in(tmp_path / name) for name in ("killed", "whole"))
    assert {name: killed[name] for name in unbroken} == unbroken


def test_ten_thousand_shots_are_joined_in_bounded_memory_and_time(tmp_path, picture):
    sha = "0" * 64
    shots = []
    for frames in (1, 2, 3):
        shots.append(tmp_path / f"{frames}.mp4")
        render_shot(ShotSpec(32, 32, 30, frames, Still(sha, "push", frames)), {sha: picture}, shots[-1])
    files = [tmp_path / f"shot-{index}.mp4" for index in range(10_000)]
    for index, path in enumerate(files):
        os.link(shots[index % 3], path)
    code = """
import sys
from pathlib import Path
from infra.media.mux import join
folder = Path(sys.argv[1])
join([folder / f"shot-{index}.mp4" for index in range(10_000)], 30, None, folder / "film.mp4")
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True)
    assert time.monotonic() - begun < 60
    assert int(done.stdout) * 1024 < 250e6
    assert probe(tmp_path / "film.mp4").frames == 3333 * 6 + 1
