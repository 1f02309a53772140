"""The client that openapi-python-client generates from the schema works against a real server."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest


@pytest.fixture
def generated(live: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    schema = tmp_path / "openapi.json"
    schema.write_text(httpx.get(f"{live}/openapi.json").text)
    tools = Path(sys.executable).parent
    told = subprocess.run(
        [tools / "openapi-python-client", "generate", "--path", schema, "--meta", "none",
         "--output-path", tmp_path / "flywheel_client", "--fail-on-warning"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("flywheel_client").Client(base_url=live, raise_on_unexpected_status=True)
    for name in [name for name in sys.modules if name.startswith("flywheel_client")]:
        del sys.modules[name]


def test_the_generated_client_creates_reads_and_lists_projects(generated):
    def call(module, **given):
        return importlib.import_module(f"flywheel_client.api.{module}").sync(client=generated, **given)

    models = importlib.import_module("flywheel_client.models")
    brief = models.Brief(topic="How honeybees find flowers", seconds=12)
    made = call("projects.create_project", body=models.NewProject(brief=brief, title="Bees"))
    assert (made.title, made.brief.seconds, made.state) == ("Bees", 12, "draft")
    read = call("projects.get_project", project=made.id)
    assert json.dumps(read.to_dict()["brief"]) == json.dumps(made.to_dict()["brief"])
    assert [one.id for one in call("projects.list_projects").projects] == [made.id]
    problem = call("projects.get_project", project="p_none")
    assert (problem.status, problem.type_) == (404, "/problems/not-found")


def test_a_project_can_be_followed_from_where_it_was_read(live):
    with httpx.Client(base_url=live) as client:
        project = client.post("/api/projects", json={"brief": {"topic": "Bees"}, "make": True}).json()
        with client.stream("GET", f"/api/projects/{project['id']}/events?after=0") as stream:
            lines = stream.iter_lines()
            assert next(line for line in lines if line.startswith("event")) == "event: run.queued"
            assert json.loads(next(lines).removeprefix("data: "))["run"] == project["run"]
        missing = client.get("/api/projects/p_none/events")
        assert (missing.status_code, missing.json()["type"]) == (404, "/problems/not-found")
        foreign = client.get(f"/api/projects/{project['id']}/events?ticket=local.99999999999.x")
        assert foreign.status_code in {401, 403}
