"""What other programs read of a film's public page: Open Graph, Twitter cards, oEmbed, schema.org."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from api.showing import framed
from api.studio.share_film import date
from api.studio.share_words import LOCALES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from api.studio.share_film import Shared

SOURCES = ("TrainedAlgorithmicMediaDigitalSource", "CompositeWithTrainedAlgorithmicMediaDigitalSource")
"""What schema.org and IPTC call a film made by machine, and one in which some is not."""


def told(film: Shared) -> str:
    """What other programs read: Open Graph, Twitter, oEmbed, schema.org."""
    tags = [f'<meta name="description" content="{escape(film.about)}">']
    tags += [f'<link rel="canonical" href="{escape(film.url)}">']
    tags += [f'<meta property="{name}" content="{escape(str(text))}">' for name, text in _graph(film).items()]
    tags += [f'<meta name="{name}" content="{escape(str(text))}">' for name, text in _twitter(film).items()]
    if film.embed:
        kind = f'type="application/json+oembed" title="{escape(film.title)}"'
        tags.append(f'<link rel="alternate" {kind} href="{escape(film.url)}/oembed.json">')
    data = json.dumps(_schema(film), ensure_ascii=False).replace("<", "\\u003c")
    return "\n".join([*tags, f'<script type="application/ld+json">{data}</script>', ""])


def oembed(film: Shared, most_width: int, most_height: int) -> dict[str, Any]:
    """The player for programs that put films into their own pages (oembed.com), no larger than asked."""
    width, height = film.showing.width, film.showing.height
    scale = min(1.0, most_width / width, most_height / height)
    width, height = max(1, round(width * scale)), max(1, round(height * scale))
    frame = framed(film.url, film.title, width, height)
    return {
        "version": "1.0", "type": "video", "title": film.title, "html": frame, "width": width, "height": height,
        "provider_name": "Flywheel", "thumbnail_url": f"{film.url}/poster.jpg", "thumbnail_width": film.showing.width,
        "thumbnail_height": film.showing.height,
    }  # fmt: skip


def _graph(film: Shared) -> Mapping[str, str | int]:
    size = {"width": film.showing.width, "height": film.showing.height}
    return {
        "og:type": "video.other", "og:site_name": "Flywheel", "og:title": film.title, "og:description": film.about,
        "og:url": film.url, "og:locale": LOCALES[film.language], "og:image": f"{film.url}/poster.jpg",
        "og:image:alt": film.title, "og:video": f"{film.url}/film.mp4", "og:video:type": "video/mp4",
        **{f"og:video:{name}": side for name, side in size.items()},
        "og:video:duration": round(film.showing.duration_ms / 1000), "video:release_date": date(film.created),
    }  # fmt: skip


def _twitter(film: Shared) -> Mapping[str, str | int]:
    said = {"twitter:title": film.title, "twitter:description": film.about, "twitter:image": f"{film.url}/poster.jpg"}
    if not film.embed:
        return {"twitter:card": "summary_large_image", **said}
    return {
        "twitter:card": "player", **said, "twitter:player": f"{film.url}/embed",
        "twitter:player:width": film.showing.width, "twitter:player:height": film.showing.height,
        "twitter:player:stream": f"{film.url}/film.mp4", "twitter:player:stream:content_type": "video/mp4",
    }  # fmt: skip


def _schema(film: Shared) -> Mapping[str, Any]:
    mixed = bool(film.showing.own_shots or film.showing.own_song)
    return {
        "@context": "https://schema.org", "@type": "VideoObject", "name": film.title, "description": film.about,
        "thumbnailUrl": [f"{film.url}/poster.jpg"], "uploadDate": date(film.created),
        "dateModified": date(film.published), "duration": f"PT{film.showing.duration_ms / 1000:.3f}S",
        "contentUrl": f"{film.url}/film.mp4", "url": film.url, "inLanguage": film.language,
        "width": film.showing.width, "height": film.showing.height,
        "transcript": "\n".join(line.text for line in film.showing.lines),
        "accessibilityFeature": ["captions", "transcript"],
        "digitalSourceType": f"https://schema.org/{SOURCES[mixed]}",
        **({"embedUrl": f"{film.url}/embed"} if film.embed else {}),
    }  # fmt: skip
