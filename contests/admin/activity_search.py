"""The filters and the search of the activity log; each reads a bounded number of events, by an index."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apikeys.models import ApiKey
from blitzrocket.accounts.admin.activity import find_users
from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, teams_of
from blitzrocket.accounts.models import User
from blitzrocket.adminsite.datetime_fields import FIRST_YEAR, LAST_YEAR
from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import OBJECT_TYPES, SearchScope
from blitzrocket.limited_rows import first_of_each
from contests.admin.scope import contests_of

NEWEST_FIRST = ("-created_at", "-id")
MAX_CHOICES = 200
MAX_MATCHES = 300  # events for each object type that a search finds
REASONS_SEARCHED = 5000  # the newest events, whose reasons a search reads
MAX_ID = 15  # “user:” and the digits of a number that the database has


class ActivityFilter(forms.Form):
    """The filters of the activity log, from the page's address."""

    q = forms.CharField(
        label="Search",
        required=False,
        max_length=200,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "search", "placeholder": "Order ID, email, name or reason"}),
    )
    by = forms.ChoiceField(label="Done by", required=False, widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(label="Action", required=False, widget=UnfoldAdminSelectWidget)
    contest = forms.ChoiceField(label="Contest", required=False, widget=UnfoldAdminSelectWidget)
    since = forms.DateField(label="From", required=False)
    until = forms.DateField(label="To", required=False)

    def __init__(self, request: HttpRequest, events: "QuerySet[AuditEvent]") -> None:
        super().__init__({name: request.GET.get(name, "") for name in self.base_fields}, auto_id="activity-%s")
        self.contests = contests_of(request, *ALL_ROLES)
        self.teams = teams_of(request, *ALL_ROLES)
        self._choose("by", "Anyone", list(self._people(events)))
        self._choose("kind", "Everything", sorted(AuditEvent.Action.choices, key=lambda choice: choice[1]))
        titles = self.contests.order_by("title").values_list("pk", "title")
        self._choose("contest", "All contests", list(titles))
        for name in ("since", "until"):
            field = self.fields[name]
            field.widget = forms.DateInput(attrs={"type": "date", "class": " ".join(INPUT_CLASSES)}, format="%Y-%m-%d")
            field.validators += [MinValueValidator(date(FIRST_YEAR, 1, 1)), MaxValueValidator(date(LAST_YEAR, 12, 31))]

    @property
    def is_used(self) -> bool:
        return any(self.data.values())

    def matching(self, events: "QuerySet[AuditEvent]", team_ids: Sequence[str] | None) -> "QuerySet[AuditEvent]":
        """The events that the filters leave; none where one of them is not valid."""
        if not self.is_valid():
            return events.none()
        values = self.cleaned_data
        by, _, by_id = values["by"].partition(":")
        if by == "user":
            events = events.filter(actor=by_id)
        elif by == "key":
            events = events.filter(api_key_id=by_id).exclude(api_key_id="")
        if values["kind"]:
            events = events.filter(action=values["kind"])
        if values["contest"]:
            events = events.filter(contest_id=values["contest"])
        if values["since"]:
            events = events.filter(created_at__gte=_start_of(values["since"]))
        if values["until"]:
            events = events.filter(created_at__lt=_start_of(values["until"] + timedelta(days=1)))
        return events.filter(pk__in=set(self._ids_matching(events, values["q"], team_ids))) if values["q"] else events

    def _choose(self, name: str, empty: str, choices: list[Any]) -> None:
        self.fields[name].choices = [("", empty), *choices]  # type: ignore[attr-defined]  # a choice field

    def _people(self, events: "QuerySet[AuditEvent]") -> Iterator[tuple[str, Any]]:
        """The members and keys of the teams, and whoever is asked for, such as a former member with events there."""
        users = User.objects.filter(memberships__team__in=self.teams).distinct().order_by("username")[:MAX_CHOICES]
        people = {f"user:{user.pk}": user.get_full_name() or user.get_username() for user in users}
        keys = ApiKey.objects.filter(team__in=self.teams).order_by("name")[:MAX_CHOICES]
        stores = [(f"key:{key.pk}", str(key)) for key in keys if key.kind == ApiKey.Kind.STORE]
        names = [(f"key:{key.pk}", str(key)) for key in keys if key.kind != ApiKey.Kind.STORE]
        wanted = self.data["by"]
        if wanted.startswith("user:") and wanted not in people and wanted[5:].isdecimal() and len(wanted) < MAX_ID:
            event = events.filter(actor=wanted[5:]).select_related("actor").order_by(*NEWEST_FIRST).first()
            people |= {wanted: event.actor_name} if event else {}
        yield "Team members", list(people.items())
        if names:
            yield "API keys", names
        if stores:
            yield "Store connections", stores

    def _ids_matching(self, events: "QuerySet[AuditEvent]", text: str, team_ids: Sequence[str] | None) -> Iterator[str]:
        """The ids of events about objects or by people that the text means, or with it as a part of their reason."""
        text = text.replace("\0", "").strip()
        scope = SearchScope(
            list(self.contests.values_list("pk", flat=True)), list(self.teams.values_list("pk", flat=True))
        )
        for name, object_type in OBJECT_TYPES.items():
            if ids := object_type.find(text, scope):
                matches = events.filter(object_type=name, object_id__in=ids)
                yield from _ids(newest(matches, team_ids, MAX_MATCHES))
                if name == "contest":
                    yield from _ids(newest(events.filter(contest_id__in=ids), team_ids, MAX_MATCHES))
        if users := find_users(text, scope):
            yield from _ids(newest(events.filter(actor__in=users), team_ids, MAX_MATCHES))
        yield from (event.pk for event in newest(events.filter(pk=text), team_ids, 1))
        part = text.casefold()
        recent = newest(events.only("id", "reason", "created_at"), team_ids, REASONS_SEARCHED)
        yield from (event.pk for event in recent if part in event.reason.casefold())


def newest(events: "QuerySet[AuditEvent]", team_ids: Sequence[str] | None, limit: int) -> list[AuditEvent]:
    """The newest events of some teams, or of all; of each team by the index."""
    if team_ids is None:
        return list(events.order_by(*NEWEST_FIRST)[:limit])
    rows = first_of_each(events, "team_id", team_ids, NEWEST_FIRST, limit)
    return sorted(rows, key=lambda event: (event.created_at, event.pk), reverse=True)[:limit]


def _ids(events: list[AuditEvent]) -> Iterator[str]:
    return (event.pk for event in events)


def _start_of(day: date) -> datetime:
    """The first moment of a day of the reader's."""
    return datetime.combine(day, time(), timezone.get_current_timezone()).astimezone(UTC)
