"""Stream tickets: what they open, for how long, and what their secret is."""

import base64
import concurrent.futures
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from api import tickets
from api.tickets import check, issue
from infra.errors import Denied, MissingPart
from infra.settings import settings

ROOT = Path(__file__).parents[2]


def test_a_ticket_names_its_tenant(home: Path) -> None:
    ticket = issue("p_1", "t_acme")
    assert check(ticket, "p_1") == "t_acme"
    assert set(ticket) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")  # safe in an address


def test_a_tenant_may_be_named_with_dots(home: Path) -> None:
    assert check(issue("p_1", "acme.example.org"), "p_1") == "acme.example.org"


@pytest.mark.parametrize("wrong", ["", ".", "..", "a.b.c", "local.99999999999.", "蜜蜂", "\x00.1.\udc80", "local"])
def test_what_is_no_ticket_is_denied(home: Path, wrong: str) -> None:
    with pytest.raises(Denied):
        check(wrong, "p_1")


def test_a_ticket_opens_one_stream_of_one_tenant(home: Path) -> None:
    ticket = issue("p_1", "t_acme")
    with pytest.raises(Denied):
        check(ticket, "p_2")
    with pytest.raises(Denied):
        check(ticket.replace("t_acme", "t_else"), "p_1")


def test_no_changed_character_passes(home: Path) -> None:
    ticket = issue("p_1", "local")
    for place, letter in enumerate(ticket[:-1]):  # the last one has bits that base64 does not use
        other = ticket[:place] + ("A" if letter != "A" else "B") + ticket[place + 1 :]
        with pytest.raises(Denied):
            check(other, "p_1")
    assert len(base64.urlsafe_b64decode(ticket.rsplit(".", 1)[1] + "=")) == 32


def test_it_is_good_for_a_day_and_then_no_more(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 1_000_000.0)
    ticket = issue("p_1", "local")
    monkeypatch.setattr("time.time", lambda: 1_000_000.0 + 24 * 3600 - 1)
    assert check(ticket, "p_1") == "local"
    monkeypatch.setattr("time.time", lambda: 1_000_000.0 + 25 * 3600 + 1)
    with pytest.raises(Denied, match="expired"):
        check(ticket, "p_1")


def test_tickets_of_the_same_hour_are_the_same(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.time", lambda: 7200.0)
    first = issue("p_1", "local")
    monkeypatch.setattr("time.time", lambda: 10799.0)
    assert issue("p_1", "local") == first


def test_the_secret_is_its_owners_alone_and_stays(home: Path) -> None:
    ticket = issue("p_1", "local")
    file = home / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    tickets._kept.cache_clear()
    assert check(ticket, "p_1") == "local"
    assert [path.name for path in home.iterdir()] == ["secret"]


def test_processes_that_begin_together_agree(home: Path) -> None:
    code = "from api.tickets import issue; print(issue('p_1', 'local'))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    def other(_: int) -> str:
        return subprocess.check_output([sys.executable, "-c", code], env=environment, text=True).strip()

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for ticket in pool.map(other, range(4)):
            assert check(ticket, "p_1") == "local"


def test_a_secret_of_the_settings_is_shared_without_a_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYWHEEL_SECRET", "one secret for two machines")
    settings.cache_clear()
    ticket = issue("p_1", "local")
    assert not home.exists()
    monkeypatch.setenv("FLYWHEEL_SECRET", "another secret altogether")
    settings.cache_clear()
    with pytest.raises(Denied):
        check(ticket, "p_1")
    assert "altogether" not in repr(settings())


def test_a_damaged_secret_is_named(home: Path) -> None:
    home.mkdir(parents=True)
    (home / "secret").write_text("short")
    with pytest.raises(MissingPart, match="cut short"):
        issue("p_1", "local")


def test_a_home_that_cannot_be_written_is_named(home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    home.write_text("a file")
    with pytest.raises(MissingPart, match="FLYWHEEL_SECRET"):
        issue("p_1", "local")
