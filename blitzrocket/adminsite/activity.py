"""Events of the activity log as pages show them: a sentence, with what changed below."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db.models import Field
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import (
    Reference,
    Subject,
    missing_subject,
    reference_in,
    references_of,
    sentence_of,
    subjects_of,
)
from blitzrocket.numbers import show_number
from blitzrocket.times import show_datetime, zone_key

EMPTY_VALUE = "–"
MONEY = ("refunded",)  # the values of before and after that are amounts
REFERENCES = {"entry": "entry", "contest": "contest"}  # and those that name an object, with its type
Change = tuple[str, str, str]  # field, before, after


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """An event with its sentence; ``contest`` is a link where the sentence does not name the contest."""

    event: AuditEvent
    actor: str
    actor_url: str
    sentence: SafeString
    contest: SafeString | str
    changes: list[Change]
    url: str


def activity_lines(request: HttpRequest, events: Iterable[AuditEvent]) -> list[ActivityLine]:
    """The lines of events whose actors are loaded; the objects that they name are read together."""
    events = list(events)
    references = {event.pk: references_of(event) for event in events}
    changed = {reference for event in events for reference in _objects_in(event)}
    subjects = subjects_of({*changed, *(each for named in references.values() for each in named.values())})
    pages = _pages(request)
    return [_line(event, references[event.pk], subjects, pages) for event in events]


def _line(
    event: AuditEvent,
    references: dict[str, Reference],
    subjects: Mapping[Reference, Subject],
    pages: dict[str, str],
) -> ActivityLine:
    sentence = sentence_of(event)
    links = {name: _link(reference, subjects, pages) for name, reference in references.items()}
    subject = subjects.get(references["object"]) or missing_subject(references["object"])
    placeholders = dict.fromkeys(sentence.others, "") | links | sentence.values(event, subject)
    tells_contest = "{contest}" in sentence.text or event.object_type == "contest"
    return ActivityLine(
        event,
        event.actor_name,
        _actor_url(event),
        format_html(sentence.text, **{"contest": "", **placeholders}),
        "" if tells_contest else links.get("contest", ""),
        changes_of(event, subjects),
        reverse("admin:audit_auditevent_change", args=[quote(event.pk)]),
    )


def changes_of(event: AuditEvent, subjects: Mapping[Reference, Subject]) -> list[Change]:
    """What an event changed: field, before, after. Where nothing was before, all that is now."""
    mentioned, values = sentence_of(event).mentioned, _Values(event, subjects)
    return [
        (values.label(name), values.show(name, event.before.get(name)), values.show(name, event.after.get(name)))
        for name in dict.fromkeys([*event.before, *event.after])
        if name not in mentioned and (not event.before or event.before.get(name) != event.after.get(name))
    ]


class _Values:
    """The values of an event's before and after as text."""

    def __init__(self, event: AuditEvent, subjects: Mapping[Reference, Subject]) -> None:
        self.event, self.subjects = event, subjects
        self.subject = subjects.get(references_of(event)["object"], Subject(""))
        self.fields = _fields_of(event.object_type)

    def label(self, name: str) -> str:
        """A field as forms label it."""
        return str(self.fields[name].verbose_name) if name in self.fields else name.replace("_", " ")

    def show(self, name: str, value: Any) -> str:
        if value is None or value in ("", []):
            return EMPTY_VALUE
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | Decimal):
            return self.subject.show_amount(Decimal(value)) if name in MONEY else show_number(value)
        return "; ".join(map(str, value)) if isinstance(value, list) else self._text(name, str(value))

    def _text(self, name: str, text: str) -> str:
        if name in REFERENCES:
            reference = reference_in(self.event, REFERENCES[name], text)
            return (self.subjects.get(reference) or missing_subject(reference)).name
        field = self.fields.get(name)
        if field is not None and field.choices:
            return str(dict(field.flatchoices).get(text, text))
        moment = _datetime_in(text)
        return self._time(moment) if moment else text

    def _time(self, moment: datetime) -> str:
        """In the zone of the contest, which is named where it is not the reader's."""
        zone = self.subject.zone
        name = f" {zone_key(zone)}" if zone and zone_key(zone) != zone_key() else ""
        return show_datetime(moment, zone=zone) + name


def _objects_in(event: AuditEvent) -> Iterable[Reference]:
    """The objects that the values of before and after name."""
    for values in (event.before, event.after):
        for name, object_type in REFERENCES.items():
            if isinstance(values.get(name), str):
                yield reference_in(event, object_type, values[name])


def _label(name: str, field: "Field[Any, Any] | None") -> str:
    return str(field.verbose_name) if field is not None else name.replace("_", " ")


def _fields_of(object_type: str) -> "dict[str, Field[Any, Any]]":
    model = next((model for model in admin.site._registry if model._meta.model_name == object_type), None)
    return {field.name: field for field in model._meta.concrete_fields} if model is not None else {}


def _datetime_in(text: str) -> datetime | None:
    """The time in a stored value; None for other texts."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _pages(request: HttpRequest) -> dict[str, str]:
    """The names of the admin's URLs for objects, by type, of the pages that the reader may open."""
    return {
        str(model._meta.model_name): f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        for model, page in admin.site._registry.items()
        if page.has_view_permission(request)
    }


def _link(reference: Reference, subjects: Mapping[Reference, Subject], pages: dict[str, str]) -> SafeString | str:
    subject = subjects.get(reference)
    if subject is None:
        return missing_subject(reference).name
    if reference.object_type not in pages:
        return subject.name
    url = reverse(pages[reference.object_type], args=[quote(reference.object_id)])
    return format_html('<a href="{}">{}</a>', url, subject.name)


def _actor_url(event: AuditEvent) -> str:
    """The activity log of the person or key."""
    by = f"user:{event.actor_id}" if event.actor_id else f"key:{event.api_key_id}" if event.api_key_id else ""
    return f"{reverse('admin:audit_auditevent_changelist')}?by={by}" if by else ""
