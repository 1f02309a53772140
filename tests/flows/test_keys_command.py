"""`flywheel keys`, as a person and as a program would call it."""

import json

import pytest
from typer.testing import CliRunner

from flows.commands.keys import app
from infra.errors import UnknownName


@pytest.fixture(autouse=True)
def _home(home):
    return home


def run(*arguments):
    return CliRunner().invoke(app, arguments, catch_exceptions=True)


def test_a_key_is_shown_once():
    told = run("create", "laptop").stdout
    secret = told.split("\n")[0]
    assert secret.startswith("fw_")
    assert "laptop of main may read, write" in told
    listed = run("list").stdout
    assert "laptop" in listed
    assert secret not in listed


def test_for_programs():
    made = json.loads(run("create", "robot", "--tenant", "acme", "--user", "ann", "--scope", "admin", "--json").stdout)
    assert (made["tenant"], made["user"], made["scopes"]) == ("acme", "ann", ["admin", "read", "write"])
    run("create", "other")
    (row,) = json.loads(run("list", "--tenant", "acme", "--json").stdout)["keys"]
    assert row == {name: value for name, value in made.items() if name != "key"}


def test_revoke():
    made = json.loads(run("create", "robot", "--json").stdout)
    assert made["id"] in run("revoke", made["id"]).stdout
    (row,) = json.loads(run("list", "--json").stdout)["keys"]
    assert row["revoked"]
    assert isinstance(run("revoke", "k_0").exception, UnknownName)


def test_an_unknown_scope_names_the_known_ones():
    failed = run("create", "robot", "--scope", "reed").exception
    assert isinstance(failed, UnknownName)
    assert "read" in failed.remedy
