"""Parameters of addresses: what is not as it must be is told, never replaced by a default."""

from datetime import datetime

from rest_framework.request import Request

from blitzrocket.api.errors import InvalidQueryParameter
from blitzrocket.api.moments import read_moment

MAX_LENGTH = 300


def refuse_parameter(name: str, message: str) -> InvalidQueryParameter:
    """The failure that names a parameter and says what to write."""
    return InvalidQueryParameter(details=[{"field": name, "message": message}])


def text(request: Request, name: str) -> str:
    """A parameter's text without the space around it; empty where it is absent."""
    value = request.query_params.get(name, "").strip()
    if len(value) > MAX_LENGTH or "\0" in value:
        raise refuse_parameter(name, f"Write at most {MAX_LENGTH} characters, without NUL.")
    return value


def flag(request: Request, name: str) -> bool:
    """A parameter that is true, false or absent."""
    return one_of(request, name, ("true", "false")) == "true"


def one_of(request: Request, name: str, choices: tuple[str, ...]) -> str:
    """One of these words, or empty where the parameter is absent."""
    value = request.query_params.get(name)
    if value is None:
        return ""
    if value not in choices:
        raise refuse_parameter(name, f"Write {', '.join(choices[:-1])} or {choices[-1]}.")
    return value


def whole_number(request: Request, name: str, default: int, least: int, most: int) -> int:
    """A whole number between two bounds, or the default where the parameter is absent."""
    value = request.query_params.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and least <= int(value) <= most):
        raise refuse_parameter(name, f"Write a whole number from {least:,} to {most:,}.")
    return int(value)


def moment(request: Request, name: str) -> datetime | None:
    """A time in ISO 8601 with a zone, or None where the parameter is absent."""
    value = request.query_params.get(name)
    if value is None:
        return None
    found = read_moment(value.replace(" ", "+"))  # a plus sign that was not encoded arrives as a space
    if found is None:
        raise refuse_parameter(name, "Write ISO 8601 with a time zone: 2026-11-22T18:00:00Z.")
    return found
