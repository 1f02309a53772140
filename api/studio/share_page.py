"""The public pages of a film as HTML: no script, every text escaped, words in the film's language or the reader's."""

from __future__ import annotations

import io
from html import escape
from typing import TYPE_CHECKING

import segno

from api.showing import framed
from api.studio import files
from api.studio.share_film import date
from api.studio.share_meta import told
from api.studio.share_words import ENGINES, GONE, PARTS, WORDS

if TYPE_CHECKING:
    from api.showing import Line
    from api.studio.share_film import Shared
    from api.studio.shell import Language

HEAD = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
<title>{title}</title>
<link rel="icon" type="image/svg+xml" href="{base}/icon.svg">
<link rel="stylesheet" href="{base}/tokens.css">
<link rel="stylesheet" href="{base}/share.css">
{more}</head>
"""


def page(film: Shared) -> str:
    """The page of a film."""
    words = WORDS[film.language]
    return f"""{_head(film, told(film))}<body>
<main class="share {film.shape}">
{_player(film)}
<div class="about">
<header><h1>{escape(film.title)}</h1>
<p class="made"><strong class="badge">{words["badge"]}</strong> {escape(_made(film))}</p></header>
<div class="beside">
<section class="card reach" aria-labelledby="reach"><h2 id="reach">{words["share"]}</h2>
<div class="qr">{qr(film.url, words["qr"])}</div>
<label class="field"><span>{words["link"]}</span><input readonly value="{escape(film.url)}"></label>
{_download(film)}{_embed(film)}</section>
<section class="card" aria-labelledby="said"><h2 id="said">{words["said"]}</h2>
<ol class="said">{"".join(map(_line, film.showing.lines))}</ol></section>
</div>
<footer class="dim small">{_facts(film)}</footer>
</div>
</main>
</body>
</html>
"""


def player(film: Shared) -> str:
    """The player alone, for pages elsewhere."""
    more = f'<link rel="canonical" href="{escape(film.url)}">\n<meta name="robots" content="noindex">\n'
    badge = f'<a class="badge" href="{escape(film.url)}" target="_blank" rel="noopener">{WORDS[film.language]["badge"]}'
    return f'{_head(film, more)}<body class="embedded">\n{_player(film)}\n{badge}</a>\n</body>\n</html>\n'


def gone(status: int, language: Language, root: str) -> str:
    """The page of a film that was withdrawn (410), that there is not (404), or that may not be shown there (403)."""
    title, text = GONE[language][status]
    head = HEAD.format(
        language=language, title=escape(title), base=_files(root), more='<meta name="robots" content="noindex">\n'
    )
    told_so = f'<main class="gone"><h1>{escape(title)}</h1>\n<p>{escape(text)}</p></main>'
    return f"{head}<body>\n{told_so}\n</body>\n</html>\n"


def qr(url: str, name: str) -> str:
    """*url* as a QR code, called *name*: an SVG of 4 modules' margin, dark on white in any theme."""
    drawn = io.BytesIO()
    code = segno.make(url, error="m", micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, dark="#000", light="#fff",
              svgclass=None, lineclass=None, title=name, nl=False)  # fmt: skip
    return drawn.getvalue().decode().replace("<svg ", '<svg role="img" ', 1)


def _head(film: Shared, more: str) -> str:
    return HEAD.format(language=film.language, title=escape(film.title), base=_files(film.root), more=more)


def _files(root: str) -> str:
    return f"{root}/studio/-/{files.build()}"


def _player(film: Shared) -> str:
    """The player; its captions are off at first, because the pictures show them already."""
    words, shown = WORDS[film.language], film.showing
    only = "" if film.download else ' controlslist="nodownload"'
    return (
        f'<video class="film" controls playsinline preload="metadata"{only} width="{shown.width}" '
        f'height="{shown.height}" poster="{film.path}/poster.jpg" aria-label="{escape(film.title)}">\n'
        f'<source src="{film.path}/film.mp4" type="video/mp4">\n'
        f'<track kind="captions" srclang="{film.language}" label="{words["captions"]}" '
        f'src="{film.path}/captions.vtt">\n'
        f'<p><a href="{film.path}/film.mp4">{words["play"]}</a></p></video>'
    )


def _made(film: Shared) -> str:
    """Who made what: what is the author's own is not said to be a machine's."""
    words, shown = WORDS[film.language], film.showing
    shots, song = len(shown.lines), shown.own_song
    others = {"music"} if song else set()
    others |= {"pictures"} if shown.own_shots == shots else set()
    parts = [name for name in PARTS if name not in others]
    said = words["by_machine"].format(parts=words["and"].join(words[name] for name in parts))
    own = [words["own_shots"].format(n=shown.own_shots, shots=shots)] if shown.own_shots else []
    own += [words["own_song"]] if song else []
    return said + (words["own"].format(parts=words["and"].join(own)) if own else "")


def _download(film: Shared) -> str:
    if not film.download:
        return ""
    size = film.showing.master.size_bytes / 1e6
    said = WORDS[film.language]["download"].format(mb=f"{size:.1f}" if size < 10 else f"{size:.0f}")
    return f'<p><a class="button primary" href="{film.path}/film.mp4?download=1">{said}</a></p>\n'


def _embed(film: Shared) -> str:
    if not film.embed:
        return ""
    words = WORDS[film.language]
    code = framed(film.url, film.title, film.showing.width, film.showing.height)
    return (
        f"<details><summary>{words['embed']}</summary>"
        f'<textarea readonly rows="4" aria-label="{words["embed"]}">{escape(code)}</textarea></details>\n'
    )


def _line(line: Line) -> str:
    seconds = int(line.start_ms // 1000)
    return f"<li><span class='num dim'>{seconds // 60}:{seconds % 60:02}</span> {escape(line.text)}</li>"


def _facts(film: Shared) -> str:
    words, seconds = WORDS[film.language], round(film.showing.duration_ms / 1000)
    engines = [f"{ENGINES[film.language][name]} {engine}" for name, engine in film.showing.made_by.items()]
    length, size = f"{seconds // 60}:{seconds % 60:02}", f"{film.showing.width} × {film.showing.height}"
    return escape(" · ".join([length, size, date(film.published)[:10], words["flywheel"], *engines]))
