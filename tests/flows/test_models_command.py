"""`flywheel models`, as a person and as a program would call it."""

import hashlib
import json
import os

import pytest
from typer.testing import CliRunner

from flows.commands.models import app
from infra import catalogue
from infra.errors import HashMismatch, ModelMissing, UnknownName
from infra.settings import settings

DATA = b"weights" * 1000


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A models folder where `small` lies already; nothing can be downloaded."""
    for name in [name for name in os.environ if name.startswith("FLYWHEEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FLYWHEEL_MODELS", str(tmp_path))
    monkeypatch.setenv("FLYWHEEL_OFFLINE", "1")
    (tmp_path / "small").mkdir()
    (tmp_path / "small/model.bin").write_bytes(DATA)
    (tmp_path / "models.toml").write_text(
        '[[model]]\nname = "small"\nmodality = "text"\ntitle = "Small"\nlicence = "MIT"\nused_by = "nobody"\n'
        f'files = [{{ name = "model.bin", size = {len(DATA)}, sha256 = "{hashlib.sha256(DATA).hexdigest()}" }}]\n'
    )
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def run(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=True)


def test_list_names_every_model_and_its_state(folder):
    told = run("list").stdout
    assert all(name in told for name in catalogue.catalogue())
    assert "unverified" in told
    assert str(folder) in told.replace("\n", "")


def test_list_for_programs(folder):
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)["models"]}
    assert rows["small"] == {
        "name": "small",
        "modality": "text",
        "bytes": len(DATA),
        "licence": "MIT",
        "state": "unverified",
        "needed": False,
        "title": "Small",
        "revision": catalogue.revision("small"),
    }
    assert rows["qwen2.5-1.5b"]["state"] == "missing"
    assert rows["qwen2.5-1.5b"]["needed"]


def test_pull_of_what_is_here_says_nothing(folder):
    done = run("pull", "small", "small")
    assert (done.exit_code, done.stdout) == (0, "")
    assert catalogue.standing(catalogue.find("small")) == "ready"


def test_pull_for_programs_ends_with_the_folders(folder):
    lines = [json.loads(line) for line in run("pull", "small", "--json").stdout.splitlines()]
    assert lines[-1] == {"pulled": {"small": str(folder / "small")}}
    assert {line["step"] for line in lines[:-1]} == {"checking", "ready"}


def test_pull_without_names_brings_what_the_settings_need(folder):
    error = run("pull").exception
    assert isinstance(error, ModelMissing)
    assert "qwen2.5-0.5b" in error.what


def test_pull_of_an_unknown_name(folder):
    assert isinstance(run("pull", "smal").exception, UnknownName)


def test_verify_tells_each_model(folder):
    done = run("verify", "small")
    assert (done.exit_code, done.stdout) == (0, "✓ small\n")
    (folder / "small/model.bin").write_bytes(DATA[::-1])
    done = run("verify", "small")
    assert done.exit_code == HashMismatch.exit_code
    assert "flywheel models pull small" in done.stdout


def test_verify_for_programs(folder):
    done = run("verify", "small", "e5-small", "--json")
    faults = json.loads(done.stdout)["faults"]
    assert faults["small"] is None
    assert "e5-small" in faults["e5-small"]["what"]
    assert done.exit_code == ModelMissing.exit_code
