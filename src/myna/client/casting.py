"""What an HTTP response becomes in the caller's hands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_origin

from myna.client.errors import APIResponseValidationError
from myna.client.models import Model

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


def read_as(response: httpx.Response, kind: type[T]) -> T:
    """The body of a response that was read, as `kind`.

    `kind` may be a `Model`, a pydantic model, dict, list, str, bytes, int, float, bool, NoneType, object,
    or `httpx.Response` for the response itself.

    Raises:
        APIResponseValidationError: the body cannot be read so.
    """
    return cast(T, _read(response, kind))


def _read(response: httpx.Response, kind: Any) -> object:
    simple = _SIMPLE.get(kind)
    if simple is not None:
        return simple(response)
    data = _json(response)
    if kind is object:
        return data
    plain = get_origin(kind) or kind
    if plain in (dict, list):
        return _checked(response, data, plain)
    if isinstance(plain, type) and issubclass(plain, Model):
        return plain(_checked(response, data, dict))
    construct = getattr(plain, "model_construct", None)
    if construct is not None:
        return construct(**_checked(response, data, dict))
    if isinstance(plain, type) and plain.__module__.startswith("httpx"):
        return response
    raise TypeError(f"A response cannot be read as {kind!r}; use a Model, dict, list, str or bytes.")


def _json(response: httpx.Response) -> Any:
    try:
        return json.loads(response.content)
    except ValueError:
        if "json" in response.headers.get("content-type", ""):
            raise APIResponseValidationError(
                response, response.text, message="The server's answer is not valid JSON."
            ) from None
        return response.text


def _checked(response: httpx.Response, data: Any, kind: type) -> Any:
    if isinstance(data, kind):
        return data
    raise APIResponseValidationError(
        response, data, message=f"The server answered {type(data).__name__} where {kind.__name__} was due."
    )


_SIMPLE: dict[Any, Any] = {
    type(None): lambda response: None,
    str: lambda response: response.text,
    bytes: lambda response: response.content,
    int: lambda response: int(response.text),
    float: lambda response: float(response.text),
    bool: lambda response: response.text.strip().lower() == "true",
}
