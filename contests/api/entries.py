"""API views of entries: list, create, read, update, look up, disqualify, adjust points."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from blitzrocket.api.exceptions import ApiError, InvalidRequestBodyError, PrivateKeyRequiredError
from blitzrocket.api.query_params import QuerySerializer
from blitzrocket.emails import NO_EMAIL, NO_PHONE
from blitzrocket.ids import new_id
from blitzrocket.postgres.replica import may_read_replica
from contests.api import schema
from contests.api.exceptions import BalanceTooLowError, EmailTakenError, EntryNotFoundError, PhoneTakenError
from contests.api.pagination import EntryPagination
from contests.api.queries import EntryListQuerySerializer, LookupQuerySerializer
from contests.api.serializers import (
    AdjustedSerializer,
    AdjustPointsSerializer,
    CreatedEntrySerializer,
    CreateEntrySerializer,
    DisqualifyEntrySerializer,
    EntrySerializer,
    UpdateEntrySerializer,
)
from contests.api.viewsets import NO_ENTRY, ContestScopedViewSet, TeamViewSet
from contests.models import Entry, PointTransaction
from contests.models.entry import EntryQuerySet
from contests.services import (
    BalanceTooLow,
    EmailTaken,
    NewEntry,
    NotReachable,
    PhoneTaken,
    adjust_points,
    enter,
    update_entry,
)
from contests.services.entries import REQUEST_SECONDS, announce_reachable
from contests.services.entry_list import EntrySearch

NO_CONTACT = "Either email or phone is required"
EDITABLE_FIELDS = {"email": ("email", NO_EMAIL), "name": ("name", ""), "phone": ("phone", NO_PHONE)}


class ContestEntryViewSet(ListModelMixin, ContestScopedViewSet):
    """``/contests/:contestId/entries``."""

    pagination_class = EntryPagination

    def get_serializer_class(self) -> type[BaseSerializer]:
        return CreateEntrySerializer if self.action == "create" else EntrySerializer

    def get_query_serializer_class(self) -> type[QuerySerializer] | None:
        return EntryListQuerySerializer if self.action == "list" else None

    def get_queryset(self) -> EntryQuerySet:
        return Entry.objects.filter(contest=self.contest)

    def filter_queryset(self, queryset: Any) -> Any:
        if "email" not in self.query:
            return queryset  # the pagination searches
        if not self.api_key.is_private:
            raise PrivateKeyRequiredError("The filter email requires a private API key")
        queryset = queryset.filter(email_key=self.query["email"].key)
        return queryset.filter(self.search.condition()) if self.search else queryset

    @property
    def search(self) -> EntrySearch | None:
        """The search of the list, for its pagination."""
        text = self.query.get("search")
        return EntrySearch(self.contest.pk, text, by_email=self.api_key.is_private) if text else None

    @schema.describe_entries
    @may_read_replica
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List a contest's entries, newest first."""
        return super().list(request, *args, **kwargs)

    @schema.describe_create_entry
    def create(self, request: Request, contest_id: str) -> Response:
        """Create an entry. 201 when new; 200 with the existing entry if the contest has one with that email or phone.

        Orders on hold for its email are recorded.
        """
        contest = self.contest
        entry, already_exists = enter(contest, new_entry_of(self.read_validated()), audit=self.get_audit())
        # Also for an existing entry: the call that created it may have been cut off before this.
        if announce_reachable([entry], seconds=REQUEST_SECONDS):
            entry.refresh_from_db()  # with the points of its held purchases
        entry.already_exists = already_exists  # type: ignore[attr-defined]
        answer = CreatedEntrySerializer(entry, context=self.get_serializer_context()).data
        return Response(answer, status=200 if already_exists else 201)


class EntryViewSet(RetrieveModelMixin, TeamViewSet):
    """``/entries``."""

    lookup_url_kwarg = "entry_id"
    serializer_class = EntrySerializer

    def get_serializer_class(self) -> type[BaseSerializer]:
        return UpdateEntrySerializer if self.action == "update" else super().get_serializer_class()

    def get_queryset(self) -> QuerySet[Entry]:
        return Entry.objects.filter(contest__in=self.get_contests()).select_related("contest")

    def not_found(self) -> ApiError:
        return EntryNotFoundError(NO_ENTRY)

    @schema.describe_entry
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Retrieve an entry."""
        return super().retrieve(request, *args, **kwargs)

    @schema.describe_update_entry
    def update(self, request: Request, entry_id: str) -> Response:
        """Update an entry. Fields that are not sent stay unchanged.

        Orders on hold for a new email are recorded.
        """
        entry = self.get_object()
        values = self.read_validated()
        changes = {
            column: values[name] or empty_value
            for name, (column, empty_value) in EDITABLE_FIELDS.items()
            if name in values
        }
        if "emailConfirmed" in values:
            changes["email_confirmed"] = values["emailConfirmed"]
        try:
            entry = update_entry(entry, changes, audit=self.get_audit())
        except EmailTaken:
            raise EmailTakenError from None
        except PhoneTaken:
            raise PhoneTakenError from None
        except NotReachable as error:
            raise InvalidRequestBodyError(details=[{"field": error.cleared, "message": f"{NO_CONTACT}."}]) from None
        # Also with the same address: the call that changed it may have been cut off before this.
        if "email" in changes and announce_reachable([entry], seconds=REQUEST_SECONDS):
            entry.refresh_from_db()  # with the points of its held purchases
        return self._answer(entry)

    @schema.describe_lookup
    @action(detail=False, query_serializer_class=LookupQuerySerializer)
    def lookup(self, request: Request) -> Response:
        """Retrieve the entry of a contest by its email address."""
        contest = self.get_contest(self.query["contestId"])
        entry = Entry.objects.filter(contest=contest, email_key=self.query["email"].key).first()
        if entry is None:
            raise EntryNotFoundError
        return self._answer(entry)

    @schema.describe_disqualify
    @action(detail=True, methods=["post"], serializer_class=DisqualifyEntrySerializer)
    def disqualify(self, request: Request, entry_id: str) -> Response:
        """Disqualify an entry, or reinstate it with `"disqualified": false`.

        The purchases of a disqualified entry earn no points, and leaderboards leave it out.
        """
        entry = self.get_object()
        values = self.read_validated()
        changes = {"is_disqualified": values.get("disqualified", True)}
        return self._answer(update_entry(entry, changes, audit=self.get_audit(values.get("reason") or "")))

    @schema.describe_adjust_points
    @action(detail=True, methods=["post"], serializer_class=AdjustPointsSerializer)
    def points(self, request: Request, entry_id: str) -> Response:
        """Add or remove points. A repeated `adjustmentId` changes nothing; a balance never drops below 0."""
        entry = self.get_object()
        values = self.read_validated()
        audit = self.get_audit(values["reason"])
        try:
            line = adjust_points(
                entry, values["points"], adjustment_id=values.get("adjustmentId") or new_id("adjustment"), audit=audit
            )
        except BalanceTooLow as error:
            raise BalanceTooLowError(f"The entry has {error.balance} points; remove at most {error.balance}") from None
        already_exists = not audit.is_recorded()
        answer = {
            "entryId": entry.pk,
            "points": line.points,
            "balance": line.balance,
            "alreadyExists": already_exists,
            "message": "Points already adjusted" if already_exists else "Points adjusted successfully",
        }
        if differences := _adjustment_differences(line, values):
            answer["differences"] = differences
        return Response(AdjustedSerializer(answer).data)

    def _answer(self, entry: Entry) -> Response:
        return Response(EntrySerializer(entry, context=self.get_serializer_context()).data)


def _adjustment_differences(line: PointTransaction, values: dict[str, Any]) -> dict[str, Any]:
    """The fields in which a repeated adjustment differs from the recorded one; empty for a new one."""
    return {
        name: {"recorded": getattr(line, name), "received": values[name]}
        for name in ("points", "reason")
        if getattr(line, name) != values[name]
    }


def new_entry_of(values: dict[str, Any]) -> NewEntry:
    """The entry to create, by the values of its body.

    Raises:
        InvalidRequestBodyError: there is neither an email nor a phone number.
    """
    email, phone = values.get("email") or NO_EMAIL, values.get("phone") or NO_PHONE
    if not email.key and not phone.key:
        raise InvalidRequestBodyError(NO_CONTACT, details=[{"field": "email", "message": f"{NO_CONTACT}."}])
    return NewEntry(
        email=email,
        name=values.get("name") or "",
        phone=phone,
        referral_code=values.get("referralCode") or "",
        email_confirmed=values.get("emailConfirmed", True),
    )
