"""The sentences of the activity log: one for each kind of event, which is an action on a type of object.

Each app registers those of its own objects: how a sentence names them, and how a search finds them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Model

from blitzrocket.audit.models import AuditEvent
from blitzrocket.numbers import show_number

MAX_NAMED = 3  # fields in a sentence


class Reference(NamedTuple):
    """An object that an event names."""

    object_type: str
    object_id: str
    contest_id: str
    team_id: str


@dataclass(frozen=True, slots=True)
class Subject:
    """An object as a sentence names it, with what its values are shown in."""

    name: str
    show_amount: Callable[[Decimal], str] = show_number  # with its currency
    zone: tzinfo | None = None


class SearchScope(NamedTuple):
    """The contests and teams whose objects a search may find."""

    contest_ids: Sequence[str]
    team_ids: Sequence[str]


def _finds_nothing(text: str, scope: SearchScope) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class ObjectType:
    """How sentences name a type of object: its rows by id, and the words for one that no longer exists."""

    subjects: Callable[[Collection[Reference]], Mapping[str, Subject]]
    missing: str
    find: Callable[[str, SearchScope], Sequence[str]] = _finds_nothing  # the ids that a search text means


def _no_values(event: AuditEvent, subject: Subject) -> dict[str, str]:
    return {}


@dataclass(frozen=True, slots=True)
class Sentence:
    """What follows the actor's name: “moved {object} to {entry}”.

    ``{object}`` and ``{contest}`` are those of the event; ``others`` has further objects by their placeholder,
    ``values`` the other texts. ``mentioned`` names the values of before and after that the sentence says, so that no
    table repeats them.
    """

    text: str
    values: Callable[[AuditEvent, Subject], dict[str, str]] = _no_values
    others: Mapping[str, Callable[[AuditEvent], Reference | None]] = field(default_factory=dict)
    mentioned: tuple[str, ...] = ()


OBJECT_TYPES: dict[str, ObjectType] = {}
SENTENCES: dict[tuple[str, str], Sentence] = {}  # by type of object and action


def sentence_of(event: AuditEvent) -> Sentence:
    """The sentence of an event; a plain one for a kind without."""
    plain = Sentence(f"{event.get_action_display().lower()} {{object}}")
    return SENTENCES.get((event.object_type, event.action), plain)


def reference_in(event: AuditEvent, object_type: str, object_id: str) -> Reference:
    """An object that an event names, which belongs to the event's contest and team."""
    return Reference(object_type, object_id, event.contest_id or "", event.team_id or "")


def references_of(event: AuditEvent) -> dict[str, Reference]:
    """The objects of an event's sentence by placeholder."""
    references = {"object": reference_in(event, event.object_type, event.object_id)}
    if event.contest_id:
        references["contest"] = reference_in(event, "contest", event.contest_id)
    others = ((name, find(event)) for name, find in sentence_of(event).others.items())
    return references | {name: reference for name, reference in others if reference is not None}


def subjects_of(references: Collection[Reference]) -> dict[Reference, Subject]:
    """The objects that exist, read in one go for each type."""
    subjects: dict[Reference, Subject] = {}
    for object_type in {reference.object_type for reference in references} & OBJECT_TYPES.keys():
        wanted = [reference for reference in references if reference.object_type == object_type]
        by_id = OBJECT_TYPES[object_type].subjects(wanted)
        subjects |= {reference: by_id[reference.object_id] for reference in wanted if reference.object_id in by_id}
    return subjects


def missing_subject(reference: Reference) -> Subject:
    """The words for an object that no longer exists."""
    object_type = OBJECT_TYPES.get(reference.object_type)
    return Subject(object_type.missing if object_type else f"{reference.object_type} {reference.object_id}")


def fields_changed(event: AuditEvent, model: type[Model]) -> str:
    """The changed fields as forms label them: “title and end”, or “5 settings” where there are more than three."""
    labels = {str(field.name): str(field.verbose_name) for field in model._meta.concrete_fields}
    names = [labels.get(name, name.replace("_", " ")) for name in dict.fromkeys([*event.before, *event.after])]
    if len(names) > MAX_NAMED:
        return f"{len(names)} settings"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
