"""What clients may rely on in the description of the API, as lines: a release's have to stay in every later one."""

from collections.abc import Iterable, Iterator
from typing import Any

MUST_HAVE, ALWAYS_HAS = "must have", "always has"
# Texts, and limits, which may be widened. A limit that becomes narrower is not found by this.
NOT_PROMISED = {
    "name", "description", "summary", "title", "tags", "example", "examples",
    "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "minItems", "maxItems",
}  # fmt: skip


def contract_of(description: dict[str, Any]) -> list[str]:
    """Addresses, operations, parameters, members with their types, values of enumerations."""
    bodies = _schemas_of_bodies(description)
    lines = list(_lines(description["paths"], "", is_body=False))
    for name, schema in description["components"]["schemas"].items():
        lines += _lines(schema, name, is_body=name in bodies)
    return sorted(lines)


def broken_promises(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """What is gone or has become another, and what a body must have that it could leave out."""
    old, new = set(old), set(new)
    owners = {_owner(line) for line in old}
    removed = [f"gone: {line}" for line in old - new if f" {MUST_HAVE} " not in line]
    stricter = [line for line in new - old if f" {MUST_HAVE} " in line and _owner(line) in owners]
    return sorted(removed + stricter)


def _owner(line: str) -> tuple[str, ...]:
    """The operation or the member that a line is about."""
    return tuple(line.split(" ")[: 2 if line.startswith("/") else 1])


def _schemas_of_bodies(description: dict[str, Any]) -> set[str]:
    """The names of schemas that bodies are made of."""
    operations = [each for path in description["paths"].values() for each in path.values()]
    names: set[str] = set()
    waiting = {name for operation in operations for name in _references(operation.get("requestBody", {}))}
    while waiting:
        names |= waiting
        schemas = [description["components"]["schemas"][name] for name in waiting]
        waiting = {name for schema in schemas for name in _references(schema)} - names
    return names


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"].rpartition("/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from _references(member)


def _lines(value: Any, place: str, *, is_body: bool) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _lines_of(name, member, place, is_body=is_body or name == "requestBody")
    elif isinstance(value, list):
        for number, member in enumerate(value):
            inside = f"{place} {member.get('name', number)}" if isinstance(member, dict) else place
            yield from _lines(member, inside, is_body=is_body)
    else:
        yield f"{place} {value}"


def _lines_of(name: str, member: Any, place: str, *, is_body: bool) -> Iterator[str]:
    if name == "properties":
        for property_name, schema in member.items():  # which may have any name
            yield from _lines(schema, f"{place}.{property_name}", is_body=is_body)
    elif name == "type":
        types = sorted([member] if isinstance(member, str) else member)
        # A body may be taken in one more type; an answer may not come in one.
        yield from (f"{place} may be {each}" for each in types) if is_body else (f"{place} is {'|'.join(types)}",)
    elif name == "required":  # members of a schema, or whether a parameter has to be there
        names = member if isinstance(member, list) else ["a value"]
        yield from (f"{place} {MUST_HAVE if is_body or names is not member else ALWAYS_HAS} {each}" for each in names)
    elif name not in NOT_PROMISED:
        yield from _lines(member, f"{place} {name}".strip(), is_body=is_body)
