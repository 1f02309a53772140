"""The studio's JavaScript as it is served: safe under its policy, whole, small, and with its licences."""

import re

import pytest
from javascript import SCRIPTS, code, gzipped, text

from api.studio.files import COMMENT, FOLDER, static

LIMIT_BYTES = 98_000
"""The goal is 45,000, which does not hold (`make bench-studio`); until it does, the scripts must not grow."""
VENDORED = "vendor/"
OURS = tuple(name for name in SCRIPTS if not name.startswith(VENDORED))
ENTRIES = ("app.js", "preview-worker.js")
RUNS_TEXT = re.compile(r"\beval\s*\(|\bnew\s+Function\b|\bset(?:Timeout|Interval)\s*\(\s*['\"`]")
PARSES_TEXT = re.compile(
    r"\b(?:inner|outer)HTML\b|\binsertAdjacentHTML\b|\bdocument\s*\.\s*write|\bdangerouslySetInnerHTML\b"
    r"|\bsrcdoc\b|\bcreateContextualFragment\b|\bparseFromString\b|\bsetHTMLUnsafe\b|\bjavascript:"
)
WRITTEN_ATTRIBUTE = re.compile(r"""\s(?:style|on[a-z]+)\s*=\s*["'][^"']*["']""")
"""As a style or a handler would stand in a piece of HTML; `style=${{…}}` and `onClick=${…}` are set by script."""
IMPORTED = re.compile(
    r"""(?:^|[;\s])(?:import|export)\b[^'"`;()]*?\bfrom\s*['"]([^'"]+)['"]|(?:^|[;\s])import\s*['"]([^'"]+)['"]"""
    r"""|\bimport\(\s*['"`]([^'"`]+)['"`]\s*\)|new URL\(\s*['"]([^'"]+)['"]\s*,\s*import\.meta\.url""",
    re.MULTILINE,
)
HOLE = re.compile(r"\$\{[^}]*\}")


def imports(name: str) -> set[str]:
    """What a script imports, now or later, as it is written there."""
    return {next(part for part in found.groups() if part) for found in IMPORTED.finditer(code(name))}


def targets(name: str, written: str) -> list[str]:
    """The served files that an import means; one with a hole means all that fit."""
    where = (FOLDER / name).parent / HOLE.sub("*", written)
    pattern = where.resolve().relative_to(FOLDER.resolve()).as_posix()
    return [served for served in SCRIPTS if re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*"), served)]


def table(sizes: dict[str, int]) -> str:
    lines = [f"{size:7,} {name}" for name, size in sorted(sizes.items(), key=lambda pair: -pair[1])]
    return "\n".join((*lines, f"{sum(sizes.values()):7,} in all, of {LIMIT_BYTES:,}"))


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_runs_text(name):
    assert not RUNS_TEXT.findall(code(name))


@pytest.mark.parametrize("name", OURS)
def test_no_script_of_ours_makes_html_of_text_or_writes_style_and_handlers_into_it(name):
    assert not PARSES_TEXT.findall(code(name))
    assert not WRITTEN_ATTRIBUTE.findall(code(name))


@pytest.mark.parametrize(
    "unsafe", ["x.innerHTML = y", 'eval("1")', "new Function('a')", "setTimeout('go()', 1)", '<p style="a: b">',
               "<b onclick='go()'>"],
)  # fmt: skip
def test_what_is_unsafe_is_found(unsafe):
    assert any(rule.search(unsafe) for rule in (RUNS_TEXT, PARSES_TEXT, WRITTEN_ATTRIBUTE))


@pytest.mark.parametrize("name", OURS)
def test_what_is_left_out_of_a_script_is_documentation_only(name):
    left_out = COMMENT.findall(text(name))
    assert [part for part in left_out if not re.match(r"/\*\*\s", part)] == []
    sent = static(name)
    assert sent
    assert not re.search(rb"(?m)^ \* ", sent.plain)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_import_is_relative_and_there(name):
    for written in imports(name):
        assert written.startswith("."), written
        assert targets(name, written), written


def test_every_script_is_needed():
    reached: set[str] = set()
    waiting = [entry for entry in ENTRIES if entry in SCRIPTS]
    while waiting:
        name = waiting.pop()
        reached.add(name)
        found = {target for written in imports(name) for target in targets(name, written)}
        waiting.extend(found - reached - set(waiting))
    assert set(SCRIPTS) - reached == set()


def test_all_scripts_together_do_not_grow():
    sizes = {name: gzipped(name) for name in SCRIPTS}
    assert sum(sizes.values()) <= LIMIT_BYTES, table(sizes)


def test_what_is_vendored_brings_its_licences():
    bundled = re.findall(r"""from ['"](@?[\w-]+(?:/[\w-]+)?)""", (FOLDER.parent / "vendor/ui.js").read_text())
    licences = text("vendor/LICENSES").lower()
    packages = {name if name.startswith("@") else name.split("/")[0] for name in bundled}
    assert {"preact", "htm", "@preact/signals"} <= packages
    assert [name for name in packages if name not in licences] == []
