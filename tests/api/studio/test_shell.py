"""What the server sends before any script runs: the page in its reader's language, its files, its policy."""

import gzip
import re

import httpx
import pytest

from api.studio import files
from api.studio.shell import PLACES, WORDS


async def text_of(client: httpx.AsyncClient, path: str, **headers: str) -> str:
    answer = await client.get(path, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


@pytest.mark.parametrize(
    ("asked", "cookie", "spoken"),
    [
        ("zh-TW,zh;q=0.9,en;q=0.8", "", "zh-CN"),
        ("en-GB,en;q=0.9,zh;q=0.1", "", "en"),
        ("fr-FR,fr;q=0.9,zh;q=0.5", "", "zh-CN"),
        ("fr", "", "en"),
        ("en", "fw_lang=zh-CN", "zh-CN"),
        ("zh", "fw_lang=en", "en"),
        ("zh", "fw_lang=<script>", "zh-CN"),
    ],
)
async def test_the_page_speaks_its_readers_language(client, asked, cookie, spoken):
    page = await text_of(client, "/studio", **{"Accept-Language": asked, "Cookie": cookie})
    assert f'<html lang="{spoken}">' in page
    assert f"<h1>{WORDS[spoken][1]}</h1>" in page
    assert [f'/i18n/{name}.js"' in page for name in ("zh-CN", "en")] == [spoken == "zh-CN", spoken == "en"]


@pytest.mark.parametrize(
    ("cookie", "painted"), [("light", True), ("dark", True), ('"><script>', False), ("blue", False)]
)
async def test_only_a_theme_that_there_is_is_painted(client, cookie, painted):
    page = await text_of(client, "/studio", Cookie=f"fw_theme={cookie}")
    assert (f'data-theme="{cookie}"' in page) is painted


@pytest.mark.parametrize("path", ["", "/library", "/campaign", "/ops"])
async def test_each_place_is_marked_in_the_bar_and_named_at_once(client, path):
    page = await text_of(client, f"/studio{path}")
    assert f'href="/studio{path}" aria-current="page"' in page
    assert page.count("aria-current") == 1
    assert f"<h1>{PLACES['en'][path] if path else WORDS['en'][1]}</h1>" in page


async def test_the_editor_begins_with_its_empty_panels(client):
    page = await text_of(client, "/studio/p/p_1")
    assert re.findall(r'class="part panel (\w+)"', page) == ["brief", "stage", "edit", "board", "timeline"]
    assert "<nav" not in page


async def test_no_page_has_a_script_or_a_style_of_its_own(client):
    page = await text_of(client, "/studio")
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL)
    assert scripts == [""]
    assert not re.findall(r"<style|\sstyle=|\son[a-z]+=", page)


async def test_the_policy_lets_our_own_scripts_run_and_nothing_else(client):
    answer = await client.get("/studio")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["script-src"] == "'self'"
    assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert (policy["require-trusted-types-for"], policy["trusted-types"]) == ("'script'", "studio")
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept-Language, Cookie"


async def test_all_that_a_page_names_is_there_and_kept_for_ever(client):
    page = await text_of(client, "/studio")
    named = set(re.findall(r'(?:href|src)="(/studio/-/[^"]+)"', page))
    assert {name.rpartition("/")[2] for name in named} >= {"app.js", "editor.js", "en.js", "tokens.css", "icon.svg"}
    for address in named:
        answer = await client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["vary"] == "Accept-Encoding"
        assert "content-security-policy" in answer.headers


async def test_files_are_compressed_for_those_who_read_it(client):
    address = f"/studio/-/{files.build()}/app.js"
    plain = await client.get(address, headers={"Accept-Encoding": "identity"})
    async with client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert "content-encoding" not in plain.headers
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain.content
    assert b"import" in plain.content


@pytest.mark.parametrize(
    "name",
    ["0/app.js", "{build}/nothing.js", "{build}/types.d.ts", "{build}/vendor/LICENSES", "{build}/..%2f..%2fshell.py"],
)
async def test_another_build_and_what_is_for_tools_are_not_there(client, name):
    answer = await client.get(f"/studio/-/{name.format(build=files.build())}")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


async def test_the_front_leads_to_the_studio(client):
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/studio")
