"""A published film as its public pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from api.showing import Showing
    from api.studio.shell import Language


@dataclass(frozen=True)
class Shared:
    """A published film: *url* is its page's absolute address, *root* what stands before `/studio` in addresses."""

    url: str
    root: str
    slug: str
    title: str
    showing: Showing
    embed: bool
    download: bool
    created: float
    published: float

    @property
    def path(self) -> str:
        """Where the page is on whichever server it was asked of."""
        return f"{self.root}/s/{self.slug}"

    @property
    def language(self) -> Language:
        """The film's, as the page's."""
        return "zh-CN" if self.showing.language == "zh" else "en"

    @property
    def shape(self) -> str:
        """Which way the picture is longer."""
        ratio = self.showing.width / self.showing.height
        return "wide" if ratio > 1.2 else "tall" if ratio < 0.8 else "square"

    @property
    def about(self) -> str:
        """How the film begins, in its own words."""
        said = " ".join(line.text for line in self.showing.lines)
        return said if len(said) <= 200 else f"{said[:199].rstrip()}…"


def date(seconds: float) -> str:
    """Epoch *seconds* as ISO 8601, in UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat()
