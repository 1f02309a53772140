"""The public page of a film: for everybody, without script, with every text as text."""

from __future__ import annotations

import io
import json
import re
import time
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import cv2
import httpx
import numpy as np
import pytest
import services
from PIL import Image
from published import BRIEF, FILMS, project_with, with_version

from api.showing import showing_of
from api.studio import share_page
from api.studio.share_film import Shared
from api.studio.share_meta import told
from flows.create import create
from infra import keys
from infra.settings import settings
from infra.store import open_store
from tasks.schema import Asset, Brief, Edits, Media

HOSTILE = """</title></script><script>alert(1)</script>"'><img src=x onerror=alert(2)>&amp;\u202e]]>"""


@pytest.fixture(scope="module")
async def film(prefect_server):
    return await create(Brief.model_validate(BRIEF))


@pytest.fixture
async def project(client, film):
    return await project_with(client, film, "Bees & flowers")


async def published(client, project, **asked):
    answer = await client.post(f"/api/projects/{project}/publications", json=asked)
    assert answer.is_success, answer.text
    return f"/s/{answer.json()['slug']}"


class Page(HTMLParser):
    """Elements with their attributes, and the texts of each kind of element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements, self.texts, self._open = [], {}, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._open = tag

    def handle_data(self, data):
        self.texts.setdefault(self._open, []).append(data)

    def handle_endtag(self, tag):
        self._open = ""

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def meta(self, name):
        return next(m["content"] for m in self.all("meta") if name in {m.get("property"), m.get("name")})


async def test_the_page_plays_the_film_and_says_who_made_it(client, project, film):
    where = await published(client, project)
    answer = await client.get(where)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    seen = Page(answer.text)
    assert seen.all("html") == [{"lang": "en"}]
    assert seen.texts["h1"][0] == "Bees & flowers"
    video = seen.all("video")[0]
    assert {"controls", "playsinline", "poster", "aria-label"} <= set(video)
    assert (int(video["width"]), int(video["height"])) == (film.timeline.width, film.timeline.height)
    assert seen.all("source")[0]["src"] == f"{where}/film.mp4"
    assert seen.all("track")[0] == {
        "kind": "captions", "srclang": "en", "label": "English captions", "src": f"{where}/captions.vtt",
    }  # fmt: skip
    assert "AI-made" in answer.text
    assert "Made by AI: script, pictures, voice, music." in answer.text
    assert "script sketch · pictures image-sketch · voice sketch-speech · music music-sketch" in answer.text
    for shot in film.timeline.shots:
        assert shot.caption in answer.text


async def test_what_is_the_author_s_own_is_not_said_to_be_a_machine_s(client, project, film):
    own = Media(asset=Asset(sha256="6" * 64, media_type="image/jpeg", size_bytes=1))
    song = Asset(sha256="5" * 64, media_type="audio/flac", size_bytes=1)
    ids = [shot.segment for shot in film.timeline.shots]
    await with_version(project, 2, film, edits=Edits(media=dict.fromkeys(ids, own), music=song))
    html = (await client.get(await published(client, project, rights=True))).text
    count = len(ids)
    assert "Made by AI: script, voice. " in html
    assert f"The author’s own: the pictures of {count} of {count} shots, the music." in html
    assert "CompositeWithTrainedAlgorithmicMediaDigitalSource" in html


async def test_other_programs_read_what_it_is(client, project, monkeypatch, film):
    monkeypatch.setenv("FLYWHEEL_PUBLIC_URL", "https://films.example")
    settings.cache_clear()
    where = await published(client, project)
    seen = Page((await client.get(where)).text)
    url = f"https://films.example{where}"
    assert seen.meta("og:title") == seen.meta("twitter:title") == "Bees & flowers"
    assert (seen.meta("og:url"), seen.meta("og:type"), seen.meta("og:locale")) == (url, "video.other", "en_US")
    assert seen.meta("og:image") == seen.meta("twitter:image") == f"{url}/poster.jpg"
    assert seen.meta("og:video") == f"{url}/film.mp4"
    assert (seen.meta("twitter:card"), seen.meta("twitter:player")) == ("player", f"{url}/embed")
    data = json.loads(seen.texts["script"][0])
    assert (data["@type"], data["name"], data["contentUrl"]) == ("VideoObject", "Bees & flowers", f"{url}/film.mp4")
    assert float(data["duration"][2:-1]) == pytest.approx(film.timeline.duration_ms / 1000, abs=0.001)
    assert data["uploadDate"].endswith("+00:00")
    known = next(link for link in seen.all("link") if link.get("type") == "application/json+oembed")
    found = (await client.get(known["href"].removeprefix("https://films.example"), params={"maxwidth": 300})).json()
    assert (found["type"], found["width"]) == ("video", 300)
    assert found["height"] == round(300 * film.timeline.height / film.timeline.width)
    assert f'src="{url}/embed"' in found["html"]
    assert (await client.get(f"{where}/oembed.json?maxwidth=0")).status_code == 422


async def test_its_rules_let_nothing_run_and_only_the_embed_be_framed(client, project):
    where = await published(client, project)
    for name, frames in (("", "'none'"), ("/embed", "*"), ("/nothing", "'none'")):
        rules = (await client.get(where + name)).headers["content-security-policy"]
        assert "default-src 'none'; script-src 'none'; style-src 'self'" in rules
        assert rules.endswith(f"frame-ancestors {frames}")
    html = (await client.get(where)).text + (await client.get(f"{where}/embed")).text
    assert not re.search(r"<[^>]+\s(on\w+|style)=", re.sub(r"<textarea.*?</textarea>", "", html, flags=re.DOTALL))
    assert re.findall(r"<script[^>]*>", html) == ['<script type="application/ld+json">']


@pytest.mark.parametrize("title", [HOSTILE, "\u200f\u202eevil", "a" * 200, "  ", "{url}{0}%s"])
async def test_a_title_is_text_wherever_it_stands(client, project, title):
    await client.patch(f"/api/projects/{project}", json={"title": title}, headers={"If-Match": "*"})
    where = await published(client, project, download=True)
    for name in ("", "/embed"):
        html = (await client.get(where + name)).text
        seen = Page(html)
        assert "<img" not in html
        assert "<script>" not in html
        assert seen.all("video")[0]["aria-label"] == title
    seen = Page((await client.get(where)).text)
    assert seen.texts["h1"] == [title]
    assert json.loads(seen.texts["script"][0])["name"] == title
    assert title in Page(seen.texts["textarea"][0]).all("iframe")[0]["title"]
    drawn = ET.fromstring((await client.get(f"{where}/qr.svg")).text)
    assert drawn.find("{http://www.w3.org/2000/svg}title").text == title
    sent = await client.get(f"{where}/film.mp4?download=1")
    assert sent.headers["content-disposition"].startswith("attachment")
    assert (await client.get(f"{where}/oembed.json")).json()["title"] == title


async def test_the_film_is_sent_whole_in_ranges_or_not_again(client, project, film):
    where = await published(client, project)
    bytes_ = open_store().path(film.master.sha256).read_bytes()
    whole = await client.get(f"{where}/film.mp4")
    assert (whole.content, whole.headers["content-type"]) == (bytes_, "video/mp4")
    assert whole.headers["cache-control"] == "public, no-cache"
    part = await client.get(f"{where}/film.mp4", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, bytes_[100:200])
    assert (await client.get(f"{where}/film.mp4", headers={"Range": "bytes=99999999-"})).status_code == 416
    head = await client.head(f"{where}/film.mp4")
    assert (head.status_code, int(head.headers["content-length"])) == (200, len(bytes_))
    for name in ("", "/embed", "/film.mp4", "/poster.jpg", "/captions.vtt", "/qr.svg", "/oembed.json"):
        first = await client.get(where + name)
        known = {"If-None-Match": first.headers["etag"]}
        again = await client.get(where + name, headers=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        assert (await client.head(where + name)).status_code == 200
    assert (await client.get(f"{where}/captions.vtt")).text.startswith("WEBVTT")
    assert Image.open(io.BytesIO((await client.get(f"{where}/poster.jpg")).content)).width >= 480


async def test_a_newer_version_is_shown_at_once(client, project, film):
    where = await published(client, project)
    first = await client.get(f"{where}/poster.jpg")
    await with_version(project, 2, film, poster=film.contact_sheet)
    assert (await client.get(f"{where}/poster.jpg")).content == first.content
    await published(client, project)
    newer = await client.get(f"{where}/poster.jpg", headers={"If-None-Match": first.headers["etag"]})
    assert (newer.status_code, newer.headers["etag"]) == (200, f'"{film.contact_sheet.sha256}"')


async def test_a_download_is_offered_only_where_it_is_allowed(client, project):
    where = await published(client, project)
    assert "download=1" not in (await client.get(where)).text
    assert (await client.get(f"{where}/film.mp4?download=1")).status_code == 404
    await published(client, project, download=True)
    assert "download=1" in (await client.get(where)).text
    sent = await client.get(f"{where}/film.mp4?download=1")
    assert sent.headers["content-disposition"] == "attachment; filename*=utf-8''Bees%20%26%20flowers.mp4"


async def test_where_embedding_is_not_allowed_other_pages_are_told_so(client, project):
    where = await published(client, project, embed=False)
    seen = (await client.get(where)).text
    assert "iframe" not in seen
    assert "oembed" not in seen
    assert "summary_large_image" in seen
    refused = await client.get(f"{where}/embed")
    assert (refused.status_code, "This film cannot be shown here" in refused.text) == (403, True)
    assert refused.headers["content-security-policy"].endswith("frame-ancestors *")
    assert (await client.get(f"{where}/oembed.json")).status_code == 403


@pytest.mark.parametrize(
    ("language", "missing", "withdrawn"),
    [
        ("zh-CN,zh;q=0.9", "这里没有片子", "片子已撤回"),
        ("fr,en;q=0.5", "There is no film here", "This film was withdrawn"),
    ],
)
async def test_what_is_not_there_is_told_in_the_reader_s_language(client, project, language, missing, withdrawn):
    where = await published(client, project)
    project_address = f"/api/projects/{project}/publications"
    await client.delete(f"{project_address}/{where.removeprefix('/s/')}")
    for address, status, said in (
        ("/s/none", 404, missing),
        ("/s/" + "x" * 500, 404, missing),
        ("/s/%3Cscript%3E", 404, missing),
        (f"{where}/nothing/here", 404, missing),
        ("/s/none/film.mp4", 404, missing),
        (where, 410, withdrawn),
        (f"{where}/embed", 410, withdrawn),
        (f"{where}/film.mp4", 410, withdrawn),
        (f"{where}/captions.vtt", 410, withdrawn),
    ):
        answer = await client.get(address, headers={"Accept-Language": language})
        assert (answer.status_code, said in answer.text) == (status, True), address
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache"
        assert "Accept-Language" in answer.headers["vary"]
    assert (await client.get(f"{where}/")).headers["location"] == where


async def test_the_page_is_public_where_keys_are_asked_for(client, project, monkeypatch):
    where = await published(client, project)
    monkeypatch.setenv("FLYWHEEL_AUTH", "keys")
    settings.cache_clear()
    await keys.create("acme", "ann", "laptop", ["read"])
    for name in ("", "/embed", "/film.mp4", "/poster.jpg", "/captions.vtt", "/qr.svg", "/oembed.json"):
        answer = await client.get(where + name)
        assert answer.status_code == 200, name
        assert "private" not in answer.headers["cache-control"]
    assert (await client.get(f"/api/projects/{project}")).status_code == 401


async def test_the_code_leads_to_the_page(client, project):
    where = await published(client, project)
    drawn = ET.fromstring((await client.get(f"{where}/qr.svg")).text)
    across = int(drawn.attrib["viewBox"].split()[2])
    modules = np.full((across, across), 255, np.uint8)
    dark = next(path for path in drawn.iter("{http://www.w3.org/2000/svg}path") if "stroke" in path.attrib)
    x = y = 0.0
    for kind, numbers in re.findall(r"([Mmh])([-\d. ]+)", dark.attrib["d"]):
        steps = [float(number) for number in numbers.split()]
        if kind == "h":
            modules[int(y), int(x) : int(x + steps[0])] = 0
            x += steps[0]
        else:
            x, y = steps if kind == "M" else (x + steps[0], y + steps[1])
    picture = cv2.resize(modules, None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    assert cv2.QRCodeDetector().detectAndDecode(picture)[0] == f"http://localhost{where}"


def test_a_chinese_film_has_a_chinese_page(film):
    showing = showing_of(film).model_copy(update={"language": "zh"})
    shared = Shared("http://h/s/x", "", "x", "蜜蜂", showing, embed=True, download=True, created=0, published=0)
    html = share_page.page(shared)
    assert Page(html).all("html") == [{"lang": "zh-CN"}]
    assert "脚本、画面、配音、音乐由 AI 生成。" in html
    assert 'content="zh_CN"' in told(shared)


@pytest.fixture
def s3(home, monkeypatch):
    """Assets lie in an S3 service; its host and port."""
    with services.s3() as names:
        for name, value in names.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        open_store.cache_clear()
        store = open_store()
        while not store.client.bucket_exists(store.bucket):  # the service makes it a moment after it answers
            time.sleep(0.1)
        yield names["FLYWHEEL_S3_ENDPOINT"]


async def test_with_s3_the_film_is_elsewhere_and_the_captions_are_not(s3, client, film):
    project = await project_with(client, film, "Bees")
    store = open_store()
    for asset in (film.master, film.poster, film.captions_vtt, film.certificate, film.manifest):
        store.put(FILMS / asset.sha256[:2] / asset.sha256[2:])
    where = await published(client, project)
    answer = await client.get(f"{where}/film.mp4")
    assert (answer.status_code, answer.headers["cache-control"]) == (302, "public, no-cache")
    assert f"media-src 'self' http://{s3};" in (await client.get(where)).headers["content-security-policy"]
    assert (await client.get(f"{where}/captions.vtt")).text.startswith("WEBVTT")
    async with httpx.AsyncClient() as anybody:
        part = await anybody.get(answer.headers["location"], headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.headers["content-type"]) == (206, "video/mp4")
