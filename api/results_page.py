"""An experiment's results as one page of HTML: escaped, without scripts, for light and dark."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterable

    from api.findings import ArmFindings, Difference, Findings
    from infra.trials import Trial

STYLE = """
:root { color-scheme: light dark; --ink: #1d2433; --soft: #667085; --line: #e4e7ec; --page: #f7f8fa; --card: #fff;
  --bar: #4c6fff; --good: #12805c; --bad: #b42318; --wait: #667085; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaf0; --soft: #98a2b3; --line: #2c3445; --page: #12161f;
  --card: #1a2030; --bar: #7c96ff; --good: #4cc38a; --bad: #ff8b80; --wait: #98a2b3; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.25rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
p { margin: .25rem 0; }
footer { margin: 1.25rem 0; }
a { color: var(--bar); }
.soft, th { color: var(--soft); font-size: .875rem; font-weight: 400; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem;
  margin-top: 1.25rem; overflow-x: auto; }
.verdict { border-left: .3rem solid var(--wait); font-size: 1.1rem; }
.verdict.good { border-left-color: var(--good); } .verdict.bad { border-left-color: var(--bad); }
nav a, nav b { margin-right: .75rem; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
td:first-child { font-weight: 600; }
.number { text-align: right; }
svg { display: block; }
.track { fill: var(--line); } .bar { fill: var(--bar); } .zero { stroke: var(--soft); stroke-dasharray: 3 3; }
.range { stroke-width: 4; stroke-linecap: round; } .wait { stroke: var(--wait); fill: var(--wait); }
.good { stroke: var(--good); fill: var(--good); } .bad { stroke: var(--bad); fill: var(--bad); }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-{_STYLE_HASH}'"
)
"""The style above and nothing else: no script, no picture, no request."""
WIDTH, HEIGHT = 260, 22


def page(trial: Trial, found: Findings, metrics: Iterable[str]) -> str:
    """The page."""
    users = sum(variant.users for variant in found.variants)
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(trial.name)} · results</title><style>{STYLE}</style></head>
<body><main>
<h1>{escape(trial.name)}</h1>
<p class="soft">{escape(trial.id)} · {escape(trial.state)} · {users:,} users · counting “{escape(found.metric)}”</p>
{_metrics(found.metric, metrics)}
<section class="card verdict {_mood(found)}">{escape(found.verdict)}</section>
<section class="card"><h2>Share of users with “{escape(found.metric)}”</h2>
<table><thead><tr><th>variant</th><th class="number">users</th><th class="number">did it</th>
<th class="number">share</th><th></th></tr></thead>
<tbody>{"".join(map(_rate, found.variants))}</tbody></table></section>
<section class="card"><h2>Difference to {escape(found.variants[0].name)}, in points</h2>
<table><thead><tr><th>variant</th><th class="number">difference</th><th class="number">surely between</th>
<th class="number">p</th><th></th></tr></thead><tbody>{_differences(found)}</tbody></table></section>
<footer class="soft">Intervals and p-values hold however often you look: with chance {1 - found.alpha:.0%}
nothing here ever misleads. Users fell to the variants {"as" if found.trustworthy else "otherwise than"} the weights say
(p = {_p(found.mismatch_p_value)}).</footer>
</main></body></html>
"""


def _metrics(shown: str, metrics: Iterable[str]) -> str:
    links = (
        f"<b>{escape(name)}</b>" if name == shown else f'<a href="?metric={quote(name)}">{escape(name)}</a>'
        for name in metrics
    )
    return f"<nav>{''.join(links)}</nav>"


def _mood(found: Findings) -> str:
    return "bad" if not found.trustworthy else "good" if found.winner else "wait"


def _rate(variant: ArmFindings) -> str:
    share = variant.rate or 0.0
    shown = "–" if variant.rate is None else f"{share:.1%}"
    return (
        f'<tr><td>{escape(variant.name)}</td><td class="number">{variant.users:,}</td>'
        f'<td class="number">{variant.converted:,}</td><td class="number">{shown}</td><td>'
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{shown}">'
        f'<rect class="track" y="6" width="{WIDTH}" height="10" rx="5"/>'
        f'<rect class="bar" y="6" width="{share * WIDTH:.1f}" height="10" rx="5"/></svg></td></tr>'
    )


def _differences(found: Findings) -> str:
    compared = [(variant, variant.against_control) for variant in found.variants if variant.against_control]
    reach = max(0.05, *(max(-against.low, against.high) for _, against in compared))
    return "".join(_difference(variant, against, reach) for variant, against in compared)


def _difference(variant: ArmFindings, against: Difference, reach: float) -> str:
    """A row with the interval drawn on an axis from -reach to reach."""

    def x(value: float) -> str:
        return f"{(value / reach + 1) / 2 * (WIDTH - 12) + 6:.1f}"

    mood = "good" if against.low > 0 else "bad" if against.high < 0 else "wait"
    between = f"{100 * against.low:+.1f} … {100 * against.high:+.1f}"
    return (
        f'<tr><td>{escape(variant.name)}</td><td class="number">{100 * against.estimate:+.1f}</td>'
        f'<td class="number">{between}</td><td class="number">{_p(against.p_value)}</td><td>'
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{between}">'
        f'<line class="zero" x1="{x(0)}" x2="{x(0)}" y1="0" y2="{HEIGHT}"/>'
        f'<line class="range {mood}" x1="{x(against.low)}" x2="{x(against.high)}" y1="11" y2="11"/>'
        f'<circle class="{mood}" cx="{x(against.estimate)}" cy="11" r="5"/></svg></td></tr>'
    )


def _p(value: float) -> str:
    return "&lt; 0.001" if value < 0.001 else f"{value:.3f}"
