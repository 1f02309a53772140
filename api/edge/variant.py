"""Experiments: what a caller left open in a brief is set by the variant that the caller is assigned to.

`parameters["brief"]` comes as the caller sent it: a `Brief`, whose set fields pydantic knows, or JSON data that has
only these fields (`model_dump(mode="json", exclude_unset=True)`). It leaves as JSON data with every field, so that
equal films are equal requests, and with the tenant's wording of its template.

A caller who set any field that an experiment varies takes no part in it, whatever their variant would have set: the
users of all variants are then the same kind of users. Where two experiments vary the same field, the older one does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.wordings import worded
from infra import trials
from tasks.schema import Brief

if TYPE_CHECKING:
    from api.edge import Ask


async def vary(ask: Ask) -> None:
    """Set in the brief what the tenant's running experiments say, and name it in a header.

    Raises:
        Unreachable: the database does not answer.
    """
    if ask.parameters.get("brief") is None:
        return
    brief, given = await _as_given(ask)
    for trial in await trials.trials(ask.who.tenant, state="running"):
        if trial.fields & given:
            continue
        given |= trial.fields
        variant = trial.assigned(ask.who.user)
        brief = Brief.model_validate(brief.model_dump() | variant.sets)
        ask.seen[trial.id] = variant.name
    ask.parameters["brief"] = (await worded(brief, ask.who.tenant)).model_dump(mode="json")
    if ask.seen:
        ask.headers["Flywheel-Variant"] = ", ".join(f"{name}={variant}" for name, variant in ask.seen.items())


async def expose(ask: Ask) -> None:
    """Note which variants the caller sees; only of what was admitted.

    Raises:
        Unreachable: the database does not answer; the same asked again notes it.
    """
    if ask.seen:
        await trials.expose(ask.who.user, ask.seen)


async def _as_given(ask: Ask) -> tuple[Brief, frozenset[str]]:
    """The brief, and the fields that the caller set; the tenant's own wording is not the caller's."""
    brief = Brief.model_validate(ask.parameters["brief"])
    given = frozenset(brief.model_fields_set)
    plain = brief.model_copy(update={"wording": None})
    if brief.wording is not None and await worded(plain, ask.who.tenant) == brief:
        return plain, given - {"wording"}
    return brief, given
