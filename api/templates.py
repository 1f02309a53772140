"""Prompt templates: what kinds of film there are, what models are told for them, and a tenant's own wording."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api import etags, wordings
from api.callers import Admin, Reader
from api.etags import IfMatch
from api.merging import checked
from api.problems import NotThere, Stale, declared
from infra.errors import BadInput, Conflict, UnknownName
from tasks.schema import Brief, Language, Wording
from tasks.writing import preview, templates

router = APIRouter(prefix="/api/templates", tags=["templates"])

InLanguage = Annotated[Language, Query(description="The language of the films.")]


class Holes(BaseModel):
    """The {holes} of a prompt: those without which it would lose its sense, and all that are filled."""

    needed: list[str]
    known: list[str]


class TemplateLine(BaseModel):
    """A kind of film."""

    name: str
    language: Language
    version: int = Field(description="The version of the template itself.")
    title: str
    description: str
    variables: dict[str, Holes] = Field(description="The holes of each prompt that may be worded otherwise.")
    overridden: bool = Field(description="Whether the tenant words it otherwise.")


class TemplateView(TemplateLine):
    """A kind of film, and what models are told for it."""

    revision: int = Field(description="The version of the tenant's own wording; its ETag is this in quotes.")
    wording: Wording | None = Field(description="What the tenant says otherwise.")
    prompts: dict[str, str] = Field(description="The prompts in use.")


class Templates(BaseModel):
    """Every kind of film."""

    templates: list[TemplateLine]


class Reworded(BaseModel):
    """What a tenant says otherwise."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"language": "en", "wording": {"last": "Narrate: {beat} About {words} words, a joke."}}]
        },
    )

    language: Language
    wording: Wording


class PreviewAsk(BaseModel):
    """A film to show the messages of; a *wording* is tried without being saved, unset: the tenant's is used."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"language": "en", "topic": "Pumpkin soup", "seconds": 30}]}
    )

    language: Language
    topic: str
    style: str = "warm documentary"
    seconds: float = 30
    wording: Wording | None = None


class WordingVersion(BaseModel):
    """One version of a tenant's wording; null took the template back to its own words."""

    version: int
    wording: Wording | None
    created: datetime


class WordingHistory(BaseModel):
    """Every version there was, newest first."""

    versions: list[WordingVersion]


@router.get("", operation_id="list_templates")
async def list_templates(who: Reader, language: InLanguage = "en") -> Templates:
    """The kinds of film there are."""
    own = await wordings.overridden(who.tenant, language)
    lines = [TemplateLine(**_line(one), overridden=one.name in own) for one in templates.listed(language)]
    return Templates(templates=lines)


@router.get("/{name}", operation_id="get_template", responses=declared(404))
async def get_template(name: str, who: Reader, response: Response, language: InLanguage = "en") -> TemplateView:
    """A kind of film, and what models are told for it; the ETag is for changing the tenant's wording."""
    one = _named(name, language)
    return _view(one, await wordings.latest(who.tenant, one.name, language), response)


@router.post("/{name}/preview", operation_id="preview_template", responses=declared(404))
async def preview_template(name: str, ask: PreviewAsk, who: Reader) -> preview.Preview:
    """The messages that models would get for a film; what is known only later is shown in parentheses."""
    one = _named(name, ask.language)
    brief = checked(Brief, ask.model_dump(exclude_none=True) | {"template": one.name})
    return preview.preview(await wordings.worded(brief, who.tenant))


@router.put("/{name}", operation_id="reword_template", responses=declared(404, 412, 428))
async def reword_template(
    name: str, new: Reworded, who: Admin, response: Response, if_match: IfMatch = None
) -> TemplateView:
    """Word a template otherwise, for all films of the tenant from now on."""
    one = _named(name, new.language)
    if not new.wording.model_dump(exclude_none=True):
        raise BadInput("The wording words nothing otherwise.", "Name a prompt; DELETE goes back to the template's own.")
    return await _saved(one, who, new.wording, response, if_match)


@router.get("/{name}/history", operation_id="list_wordings", responses=declared(404))
async def list_wordings(name: str, who: Reader, language: InLanguage = "en") -> WordingHistory:
    """Every version of the tenant's wording."""
    found = await wordings.history(who.tenant, _named(name, language).name, language)
    shown = [
        WordingVersion(version=one.version, wording=one.wording, created=datetime.fromtimestamp(one.created, UTC))
        for one in found
    ]
    return WordingHistory(versions=shown)


@router.delete("/{name}", operation_id="restore_template", responses=declared(404, 412, 428))
async def restore_template(
    name: str, who: Admin, response: Response, language: InLanguage = "en", if_match: IfMatch = None
) -> TemplateView:
    """Go back to the template's own words; the history stays."""
    return await _saved(_named(name, language), who, None, response, if_match)


def _named(name: str, language: Language) -> templates.Script:
    """The template in the address.

    Raises:
        NotThere: there is none of that name.
    """
    try:
        return templates.read(name, language)
    except UnknownName as error:
        raise NotThere(error.what, error.remedy) from error


async def _saved(
    one: templates.Script, who: Admin, wording: Wording | None, response: Response, if_match: str | None
) -> TemplateView:
    """The template once a new version of the tenant's wording is saved."""
    before = await wordings.latest(who.tenant, one.name, one.language)
    etags.check(if_match, before.version)
    try:
        version = await wordings.save(who.tenant, one.name, one.language, wording, before.version)
    except Conflict as error:
        raise Stale(error.what, error.remedy, {"ETag": etags.tag(before.version + 1)}) from error
    return _view(one, version, response)


def _line(one: templates.Script) -> dict[str, object]:
    variables = {prompt: templates.holes(prompt) for prompt in one.prompts}
    return {**one.model_dump(include={"name", "language", "version", "title", "description"}), "variables": variables}


def _view(one: templates.Script, own: wordings.Version, response: Response) -> TemplateView:
    response.headers["ETag"] = etags.tag(own.version)
    return TemplateView.model_validate(
        {
            **_line(one),
            "overridden": own.wording is not None,
            "revision": own.version,
            "wording": own.wording,
            "prompts": one.worded(own.wording).prompts,
        }
    )
