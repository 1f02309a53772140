"""`flywheel doctor` on this machine, and on machines that lack something."""

import json
import os
import socket
from dataclasses import asdict

import pytest
import typer
from typer.testing import CliRunner

from flows.commands import doctor
from infra.settings import settings
from infra.store import open_store

app = typer.Typer()
app.command()(doctor.doctor)


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Sets variables; the home and the models lie in a fresh folder."""
    for name in [name for name in os.environ if name.startswith(("FLYWHEEL_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("FLYWHEEL_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FLYWHEEL_MODELS", str(tmp_path / "models"))

    def make(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        open_store.cache_clear()
        return {check.name: check for check in doctor.checks()}

    yield make
    settings.cache_clear()
    open_store.cache_clear()


def test_every_package_loads_and_changes_nothing(machine, tmp_path):
    found = machine()
    packages = [*doctor.PACKAGES.values(), "skia", "Python", "home folder", "models folder", "Prefect"]
    assert [found[name] for name in packages if not found[name].ok] == []
    assert not (tmp_path / "home/store").exists()


def test_each_missing_model_names_the_command(machine):
    check = machine()["model kokoro-82m"]
    assert not check.ok
    assert check.remedy == "Run: flywheel models pull kokoro-82m"


def test_every_check_has_a_remedy_or_is_well(machine):
    assert [check for check in machine().values() if not check.ok and not check.remedy] == []


def test_a_folder_that_cannot_be_made(machine):
    found = machine(FLYWHEEL_HOME="/proc/flywheel")
    assert not found["home folder"].ok
    assert "FLYWHEEL_HOME" in found["home folder"].remedy


def test_too_many_threads_are_a_warning(machine):
    check = machine(FLYWHEEL_THREADS="256")["threads"]
    assert not check.ok
    assert not check.required


def test_services_that_do_not_answer(machine):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        check = doctor._reachable(f"http://127.0.0.1:{taken.getsockname()[1]}/api")
    assert not check.ok
    assert "PREFECT_API_URL" in check.remedy


def test_the_exit_code_tells_a_program(machine):
    found = machine()
    done = CliRunner().invoke(app, ["--json"])
    assert done.exit_code == doctor.LACKS
    told = json.loads(done.stdout)["checks"]
    assert [check["name"] for check in told] == list(found)
    assert set(told[0]) == set(asdict(found["Python"]))


def test_a_person_reads_the_mend(machine):
    machine()
    told = CliRunner().invoke(app).stdout
    assert "✓ Python" in told
    assert "✗ model e5-small" in told
    assert "    Run: flywheel models pull e5-small" in told


@pytest.mark.models
def test_this_machine_is_ready():
    settings.cache_clear()
    assert [check for check in doctor.checks() if check.required and not check.ok] == []
