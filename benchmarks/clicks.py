"""From a click on Create to what its user sees, by the page's own clock."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

from benchmarks.latency import WARM, Film, Own, alone, cancel, rest, spread, topics
from benchmarks.report import Figure
from tests.api.studio.driving import Studio, words
