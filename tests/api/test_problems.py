from __future__ import annotations

import json
import logging

import httpx
import pytest
from asking import BEES

from api.marks import Marked
from api.problems import Faultless
from infra.errors import BudgetSpent, Denied, EngineBusy, MissingPart, QuotaSpent, StoreFull, UnknownName

MEMBERS = {"type", "title", "status", "detail", "remedy", "instance"}


def checked(answer: httpx.Response, status: int, kind: str) -> dict:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) >= MEMBERS
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert "Traceback" not in answer.text
    return problem


async def raising(error: Exception) -> httpx.Response:
    async def app(scope, receive, send):
        raise error

    transport = httpx.ASGITransport(Marked(Faultless(app)))
    async with httpx.AsyncClient(transport=transport, base_url="http://flywheel.test") as client:
        return await client.get("/api/thing")


async def test_an_unknown_address_is_a_problem(client):
    checked(await client.get("/api/nothing"), 404, "not-found")


async def test_a_method_that_is_not_there_is_a_problem_and_names_those_that_are(client):
    answer = await client.put("/api/projects", json={})
    checked(answer, 405, "not-allowed")
    assert set(answer.headers["allow"].split(", ")) & {"GET", "POST"}


async def test_a_wrong_field_is_named_with_its_fault(client):
    answer = await client.post("/api/projects", json={"brief": {**BEES, "seconds": 2}})
    problem = checked(answer, 422, "invalid")
    assert [fault["field"] for fault in problem["errors"]] == ["body.brief.seconds"]
    assert "5" in problem["errors"][0]["fault"]


async def test_what_is_not_json_is_malformed(client):
    answer = await client.post("/api/projects", content=b"{", headers={"Content-Type": "application/json"})
    checked(answer, 400, "malformed")


async def test_what_is_not_said_to_be_json_is_not_taken(client):
    answer = await client.post("/api/projects", content=b"{}", headers={"Content-Type": "text/xml"})
    checked(answer, 415, "wrong-kind")


async def test_every_answer_has_an_id_and_strict_headers(client):
    answers = [await client.get("/api/me"), await client.get("/api/nothing"), await client.get("/openapi.json")]
    assert len({answer.headers["flywheel-request-id"] for answer in answers}) == 3
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


async def test_an_error_that_nobody_foresaw_is_logged_under_the_id_in_the_answer(caplog):
    with caplog.at_level(logging.ERROR, "flywheel.api"):
        answer = await raising(ZeroDivisionError("a secret"))
    problem = checked(answer, 500, "internal")
    assert problem["request"] == answer.headers["flywheel-request-id"]
    assert "secret" not in answer.text
    assert problem["request"] in caplog.text
    assert "ZeroDivisionError: a secret" in caplog.text


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (QuotaSpent("Too much.", "Wait.", 12.2), 429, "quota-spent"),
        (BudgetSpent("Spent.", "Allow more."), 402, "budget-spent"),
        (StoreFull("Full.", "Make room."), 503, "store-full"),
        (EngineBusy("Busy.", "Wait."), 503, "busy"),
        (MissingPart("No encoder.", "Install it."), 503, "missing-part"),
        (UnknownName("voice", "x", ["y"]), 422, "invalid"),
        (Denied("Who?", "Send a key."), 401, "unknown"),
    ],
)
async def test_errors_of_ours_keep_their_sentence_and_remedy(error, status, kind):
    answer = await raising(error)
    problem = checked(answer, status, kind)
    assert (problem["detail"], problem["remedy"]) == (error.what, error.remedy)
    assert ("retry-after" in answer.headers) == (status in {429, 503})


async def test_a_quota_says_in_whole_seconds_when_there_is_room():
    assert (await raising(QuotaSpent("Too much.", "", 12.2))).headers["retry-after"] == "13"


async def test_an_unknown_caller_is_told_how_to_say_who_it_is():
    assert (await raising(Denied("Who?"))).headers["www-authenticate"].startswith("Bearer")


async def test_a_problem_with_half_a_surrogate_in_it_can_be_sent():
    answer = await raising(UnknownName("voice", "\ud800", []))
    assert json.loads(answer.content)["status"] == 422
