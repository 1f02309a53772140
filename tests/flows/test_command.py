"""The command as a person meets it: a process, its exit code, what it says."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SKETCH = ("--engine", "sketch", "--seconds", "5", "--height", "480", "--fps", "24")


def flywheel(*words: str, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flows", *words],
        env={**os.environ, "FLYWHEEL_HOME": str(home), "COLUMNS": "120", **environment},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def film(home, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("films") / "bees"
    ran = flywheel("create", "How bees fly", *SKETCH, "--out", str(folder), home=home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", ""), "topic is empty"),
        (("create", "  \n "), "topic is empty"),
        (("create", "x" * 10_000), "10,000 characters"),
        (("create", "bees", "--seconds", "0"), "greater than or equal to 5"),
        (("create", "bees", "--seconds", "-5"), "greater than or equal to 5"),
        (("create", "bees", "--seconds", "1000000000"), "less than or equal to 600"),
        (("create", "bees", "--language", "xx"), "'en' or 'zh'"),
        (("create", "bees", "--aspect", "4:3"), "'16:9', '9:16' or '1:1'"),
        (("create", "bees", "--engine", "skech"), "Did you mean sketch?"),
        (("edit", "/nowhere/film"), "There is no film at"),
        (("show", "/nowhere/film"), "There is no film at"),
        (("export", "/nowhere/film", "--gif"), "There is no film at"),
        (("create", "bees", "--media", "1=/nowhere/beach.jpg"), "beach.jpg is not there"),
        (("create", "bees", "--media", "beach.jpg"), "is not NUMBER=VALUE"),
        (("create", "bees", "--music", __file__), "test_command.py is no song that can be read"),
        (("create", "bees", "--caption-style", "loud"), "'clean', 'bold'"),
        (("certify", "/nowhere/film"), "There is no film at"),
    ],
)
def test_bad_input_is_told_in_a_sentence(words, said, home):
    ran = flywheel(*words, home=home)
    assert ran.returncode == 64
    assert said in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_film_that_cannot_be_made_leaves_no_empty_folder(film, home):
    ran = flywheel("edit", str(film), "--engine", "sketch", "--beats", "1=1", home=home)
    assert ran.returncode == 64
    assert "its narration of" in ran.stderr
    assert [folder.name for folder in film.parent.iterdir()] == [film.name]


def test_an_unknown_voice_names_those_there_are(home, tmp_path):
    ran = flywheel("create", "bees", *SKETCH, "--voice", "nobody", "--out", str(tmp_path), home=home)
    assert ran.returncode == 64
    assert "There is no voice for en named 'nobody'" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_json_errors_are_json(home):
    ran = flywheel("create", "", "--json", home=home)
    assert json.loads(ran.stdout)["kind"] == "failed"
    assert ran.returncode == 64


def test_a_file_where_the_folder_should_be_is_told_before_work_begins(home, tmp_path):
    (tmp_path / "film").write_text("mine")
    ran = flywheel("create", "bees", *SKETCH, "--out", str(tmp_path / "film"), home=home)
    assert ran.returncode == 64
    assert (tmp_path / "film").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_told(home):
    ran = flywheel("create", "bees", *SKETCH, "--out", "/proc/film", home=home)
    assert ran.returncode in {64, 74}
    assert "Cannot write" in ran.stderr or "No such file" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_unreachable_server_that_was_named_is_told(home, tmp_path):
    ran = flywheel(
        "create", "bees", *SKETCH, "--out", str(tmp_path), home=home, PREFECT_API_URL="http://127.0.0.1:9/api"
    )
    assert ran.returncode == 75
    assert "No Prefect server answers" in ran.stderr


def test_a_missing_model_names_the_command_that_brings_it(home, tmp_path):
    models = {"FLYWHEEL_MODELS": str(tmp_path / "none"), "FLYWHEEL_EMBED": "e5"}
    ran = flywheel("create", "bees", "--out", str(tmp_path / "out"), home=home, **models)
    assert ran.returncode == 69
    assert "flywheel models pull" in ran.stderr


def test_the_film_is_there(film):
    names = {path.name for path in film.iterdir()}
    assert names == {
        "film.mp4",
        "captions.vtt",
        "captions.srt",
        "poster.jpg",
        "contact_sheet.jpg",
        "manifest.json",
        "certificate.json",
    }


def test_a_film_is_certified_anywhere_and_a_changed_one_is_refused(film, tmp_path):
    shutil.copytree(film, tmp_path / "film")
    ran = flywheel("certify", str(tmp_path / "film"), home=tmp_path / "home")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    said = (tmp_path / "film/manifest.json").read_text("utf-8")
    (tmp_path / "film/manifest.json").write_text(said.replace('"topic": "How bees fly"', '"topic": "How wasps fly"'))
    ran = flywheel("certify", str(tmp_path / "film"), home=tmp_path / "home")
    assert ran.returncode == 65
    assert "is not the film that was made. manifest that the MP4 names: " in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_edit_says_what_it_reused(film, home):
    ran = flywheel("edit", str(film), "--engine", "sketch", "--caption", "1=Bees fly home.", "--json", home=home)
    assert ran.returncode == 0, ran.stderr
    events = [json.loads(line) for line in ran.stdout.splitlines()]
    assert events[-1]["kind"] == "done"
    made = [e["step"] for e in events if e["kind"] == "step.done" and not e["reused"]]
    assert made.count("speak") == 1
    assert "draw_frame" not in made
    manifest = json.loads(Path(events[-1]["files"]["manifest.json"]).read_text())
    assert manifest["film"]["script"]["segments"][0]["caption"] == "Bees fly home."


@pytest.mark.parametrize(
    "change",
    [
        ("--caption", "99=x"),
        ("--caption", "x"),
        ("--move", "1", "99"),
        ("--redo", "0"),
        ("--drop", "1", "--drop", "99"),
    ],
)
def test_impossible_edits_are_told(film, home, change):
    ran = flywheel("edit", str(film), *change, home=home)
    assert ran.returncode == 64
    assert "Traceback" not in ran.stderr


def test_show_tells_the_shots(film, home):
    ran = flywheel("show", str(film), home=home)
    assert ran.returncode == 0, ran.stderr
    assert "beats" in ran.stdout
    assert "sketch" in ran.stdout


def test_square_brackets_are_words(film, home, tmp_path):
    ran = flywheel(
        "edit",
        str(film),
        "--engine",
        "sketch",
        "--caption",
        "1=Bees [/x] fly [b]home.",
        "--out",
        str(tmp_path),
        home=home,
    )
    assert ran.returncode == 0, ran.stderr
    shown = flywheel("show", str(tmp_path / "film.mp4"), home=home)
    assert shown.returncode == 0, shown.stderr
    assert "[/x]" in shown.stdout.replace("\n", "")


def test_a_film_is_not_edited_with_other_engines(film, home):
    ran = flywheel("edit", str(film), "--redo", "1", home=home, FLYWHEEL_TEXT="llama")
    assert ran.returncode == 64
    assert "Use --engine sketch" in ran.stderr


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"brief": {}}', "\x00"])
def test_a_broken_manifest_is_told(home, tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    for command in ("show", "edit"):
        ran = flywheel(command, str(tmp_path), home=home)
        assert ran.returncode == 64
        assert "is not a film's manifest" in ran.stderr


def test_a_bad_setting_is_named(home):
    ran = flywheel("doctor", home=home, FLYWHEEL_THREADS="0")
    assert ran.returncode == 64
    assert "FLYWHEEL_THREADS" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_an_interrupted_film_goes_on_from_where_it_was(home, tmp_path):
    words = (
        "create",
        "How rivers begin",
        *SKETCH[:2],
        "--seconds",
        "40",
        "--height",
        "480",
        "--out",
        str(tmp_path / "film"),
        "--json",
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "flows", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "FLYWHEEL_HOME": str(home)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a background shell ignores it
    )  # fmt: skip
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["kind"] == "frame.rendered":
            process.send_signal(signal.SIGINT)
            break
    rest, told = process.communicate(timeout=120)
    assert process.returncode == 130, rest + told
    assert "Traceback" not in told
    assert not (tmp_path / "film" / "film.mp4").exists()
    assert json.loads(rest.splitlines()[-1])["error"] == "Interrupted"

    again = flywheel(*words, home=home)
    assert again.returncode == 0, again.stderr
    done = [json.loads(line) for line in again.stdout.splitlines()]
    made = [e["step"] for e in done if e["kind"] == "step.done" and not e["reused"]]
    assert not {"set_anchor", "write_outline", "refine_segment", "speak", "draw_frame"} & set(made)
    assert (tmp_path / "film" / "film.mp4").exists()
