"""JSON Merge Patch (RFC 7396), and values checked as a whole after it."""

from __future__ import annotations

from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


def merged(target: Any, patch: Any) -> Any:
    """*target* with *patch* applied: null removes a member, objects are merged, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def checked(model: type[M], value: Any) -> M:
    """*value* as a *model*.

    Raises:
        RequestValidationError: it is none; each field that is wrong is named.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        found = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
        raise RequestValidationError(found) from error
