"""What is counted: by events, over processes, and only under names that the dashboard knows."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra import metrics
from infra.events import Event
from infra.settings import settings

DASHBOARD = Path(metrics.__file__).parent / "grafana" / "flywheel.json"
ROOT = Path(__file__).parents[2]


def value(name, **labels):
    return metrics.registry.get_sample_value(name, labels) or 0.0


def used(pool, waited_s, seconds, run="f"):
    metrics.listen(Event("engine.used", {"pool": pool, "waited_s": waited_s, "seconds": seconds}, run))


def test_engines_are_counted_by_pool_and_priced(monkeypatch):
    monkeypatch.setenv("FLYWHEEL_PRICE_PER_ENGINE_SECOND", "0.5")
    settings.cache_clear()
    before = value("flywheel_engine_seconds_total", pool="text"), value("flywheel_cost_money_total")
    waits = value("flywheel_queue_wait_seconds_bucket", pool="text", le="0.25")
    used("text", 0.2, 3.0)
    used("text", 7.0, 1.0)
    used("text", 0.0, 100.0, run="")  # warming up
    settings.cache_clear()
    assert value("flywheel_engine_seconds_total", pool="text") - before[0] == pytest.approx(4)
    assert value("flywheel_cost_money_total") - before[1] == pytest.approx(2)
    assert value("flywheel_queue_wait_seconds_bucket", pool="text", le="0.25") - waits == 1


def test_steps_are_counted_made_or_reused():
    before = value("flywheel_steps_total", step="speak", reused="true")
    for reused in (True, True, False):
        metrics.listen(Event("step.done", {"step": "speak", "label": "s1", "reused": reused}, "f"))
    metrics.listen(Event("frame.rendered", {"index": 1}, "f"))
    assert value("flywheel_steps_total", step="speak", reused="true") - before == 2
    assert value("flywheel_steps_total", step="speak", reused="false") >= 1


def test_runs_are_counted_by_how_they_end():
    before = value("flywheel_runs_total", flow="film", state="failed")
    metrics.run_began("film", 0.3)
    metrics.run_ended("film", "failed", 12.0)
    assert value("flywheel_runs_total", flow="film", state="failed") - before == 1
    assert value("flywheel_run_seconds_sum", flow="film") >= 12


PROGRAM = """
import sys
from infra import metrics
if sys.argv[1] == "show":
    import prometheus_client
    prometheus_client.Counter("prefect_something", "Of a library.").inc()
    sys.stdout.write(metrics.exposition().decode())
else:
    metrics.quota_refused("film")
    metrics.CLIENTS.inc(3)
    print("begun", flush=True)
    sys.stdin.read()
"""


def test_all_processes_count_together_and_only_the_living_have_clients(tmp_path):
    environment = {**os.environ, **metrics.share(tmp_path / "metrics"), "PYTHONPATH": str(ROOT)}

    def process(word):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "-c", PROGRAM, word], env=environment, **pipes)

    counting = [process("count"), process("count")]
    for one in counting:
        assert one.stdout.readline() == "begun\n"
    counting[0].kill()
    counting[0].communicate()
    metrics.forget(tmp_path / "metrics", counting[0].pid)
    told, _ = process("show").communicate()
    counting[1].communicate()
    assert 'flywheel_quota_refused_total{modality="film"} 2.0' in told
    assert "flywheel_sse_clients 3.0" in told
    assert "prefect_something" not in told


def queries():
    dashboard = json.loads(DASHBOARD.read_text())
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_the_dashboard_asks_for_what_there_is():
    asked = {name for query in queries() for name in re.findall(r"flywheel_\w+", query)}
    assert asked <= metrics.names()
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in asked}
    assert bare == {re.sub(r"_(bucket|sum|count)$", "", name) for name in metrics.names()}  # nothing is left unseen


def test_the_dashboard_uses_labels_that_there_are():
    labels = {metric._name: set(metric._labelnames) for metric in set(metrics.registry._names_to_collectors.values())}
    for query in queries():
        names = re.findall(r"flywheel_\w+?(?=_total|_bucket|_sum|_count|\b)", query)
        grouped = {word.strip() for group in re.findall(r"by \(([^)]*)\)", query) for word in group.split(",")}
        chosen = {word for inner in re.findall(r"\{([^}]*)\}", query) for word in re.findall(r"(\w+)\s*[=!]", inner)}
        known = set().union(*(labels[name] for name in names)) | {"le"}
        assert grouped | chosen <= known, query


def test_a_process_of_its_own_counts_by_itself():
    assert b"flywheel_runs" in metrics.exposition()
