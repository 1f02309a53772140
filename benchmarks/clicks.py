"""From a click on Create to what its user sees, by the page's own clock."""

from __future__ import annotations
