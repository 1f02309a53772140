"""What axe finds wrong with a page, WCAG 2.2's size of targets included."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
axe = Axe()


async def violations(page: Page) -> list[str]:
    """Each violation as `rule (impact): element: what is wrong`; none is the goal."""
    found: dict[str, Any] = (await axe.run(page, options=OPTIONS)).response
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:160]}: {' / '.join(node['failureSummary'].splitlines()[1:3])}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
