"""The page that the studio begins with: text at once, in the reader's language and colours, and what to fetch."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from api.studio import files

if TYPE_CHECKING:
    from starlette.requests import Request

Language = Literal["zh-CN", "en"]
LANGUAGES: tuple[Language, ...] = ("zh-CN", "en")
THEMES = ("dark", "light")
STYLES = ("tokens.css", "app.css", "editor.css", "timeline.css", "pages.css")
WORDS = {
    "zh-CN": (
        "飞轮 Studio", "把一个念头变成一支片子",
        "写下主题，看着它成形，改到满意，一键发布。", "Studio 需要启用 JavaScript。",
    ),
    "en": (
        "Flywheel Studio", "From one idea to a published film",
        "Say what it is about, watch it take shape, change it, publish it.", "Studio needs JavaScript.",
    ),
}  # fmt: skip
PLACES = {
    "zh-CN": {"": "新片", "/library": "作品库", "/campaign": "批量", "/ops": "运行"},
    "en": {"": "New film", "/library": "Library", "/campaign": "Campaign", "/ops": "Operations"},
}  # fmt: skip
"""The pages of the bar, by what of their address follows `/studio`."""
NEW_FILM = """<main class="boot"><h1>{promise}</h1><p>{how}</p></main>"""
PLACE = """<main class="page" aria-busy="true"><h1>{name}</h1></main>"""
EDITOR = """<main class="editor" aria-busy="true">{panels}</main>"""
PARTS = ("brief", "stage", "edit", "board", "timeline")
PAGE = """<!doctype html>
<html lang="{language}"{theme}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{brand}</title>
<meta name="description" content="{promise}">
<meta name="theme-color" content="#101216">
<link rel="icon" type="image/svg+xml" href="{base}/icon.svg">
{styles}
{modules}
<script type="module" src="{base}/app.js"></script>
</head>
<body>
<div id="app"><header class="bar">
<a class="brand" href="/studio"><span class="wheel"></span><span class="name">{brand}</span></a>{places}</header>
{main}</div>
<noscript><p>{needs}</p></noscript>
</body>
</html>
"""


def language_for(request: Request) -> Language:
    """The language the reader chose (cookie `fw_lang`), else the first of ours that the browser asks for."""
    chosen = request.cookies.get("fw_lang")
    if chosen in WORDS:
        return "zh-CN" if chosen == "zh-CN" else "en"
    for part in request.headers.get("accept-language", "").lower().split(","):
        if part.strip().startswith(("zh", "en")):
            return "zh-CN" if part.strip().startswith("zh") else "en"
    return "en"


def shell(request: Request) -> str:
    """The page, for whoever asks: what stands where until the script knows more, so that nothing moves."""
    language = language_for(request)
    brand, promise, how, needs = (escape(text) for text in WORDS[language])
    theme = request.cookies.get("fw_theme")
    base = f"{request.scope.get('root_path', '')}/studio/-/{files.build()}"
    words = f"i18n/{language}.js"
    modules = dict.fromkeys((*files.needed_by("app.js"), words))
    place = request.url.path.rpartition("/studio")[2].rstrip("/")
    return PAGE.format(
        language=language,
        theme=f' data-theme="{theme}"' if theme in THEMES else "",
        brand=brand,
        promise=promise,
        needs=needs,
        base=base,
        places="" if place.startswith("/p/") else _places(language, place),
        main=_main(language, place).format(promise=promise, how=how),
        styles="\n".join(f'<link rel="stylesheet" href="{base}/{name}">' for name in STYLES),
        modules="\n".join(f'<link rel="modulepreload" href="{base}/{name}">' for name in modules),
    )


def _places(language: Language, place: str) -> str:
    """The links of the bar."""
    current = {place: ' aria-current="page"'}
    named = PLACES[language].items()
    links = (f'<a href="/studio{path}"{current.get(path, "")}>{name}</a>' for path, name in named)
    return f'<nav class="pages grow">{"".join(links)}</nav>'


def _main(language: Language, place: str) -> str:
    """What the page shows first."""
    if place.startswith("/p/"):
        return EDITOR.format(panels="".join(f'<div class="part panel {name}"></div>' for name in PARTS))
    return PLACE.format(name=PLACES[language][place]) if place and place in PLACES[language] else NEW_FILM
