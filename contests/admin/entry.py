"""Admin of entries, with the dialog that adjusts points."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, add_url, change_url
from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.adminsite.filters import DaysFilter
from blitzrocket.adminsite.lists.cells import RowLayout, badge
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.row_list import RowList
from blitzrocket.adminsite.lists.sorting import Sort
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.emails import NO_EMAIL, NO_PHONE, Email, InvalidEmail, InvalidPhone, Phone
from blitzrocket.htmx import go_to
from blitzrocket.numbers import counted, show_number
from blitzrocket.text import trim
from contests.admin.entry_actions import EntryActionForm
from contests.admin.referrals import ReferralActionMixin
from contests.admin.scope import ContestFilter, ContestRowForm, contests_of
from contests.leaderboard import entry_count
from contests.models import Entry, PointTransaction
from contests.models.entry import MAX_ADJUSTMENT
from contests.services import BalanceTooLow, EntryErased, EntryGone, adjust_points, check_adjustment
from contests.services.entries import (
    REQUEST_SECONDS,
    EmailTaken,
    NewEntry,
    NotReachable,
    PhoneTaken,
    announce_reachable,
    enter,
    update_entry,
)
from contests.services.entry_search import find_entries
from contests.services.preview import PointChanges


class CreatedFilter(DaysFilter):
    title = "entry date"
    parameter_name = "created"
    prefix = "entry"


class EntryForm(ContestRowForm):
    email = forms.CharField(
        label="Email",
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Matches purchases to this entry.",
    )

    class Meta:
        model = Entry
        fields = ["contest", "email", "name", "phone", "email_confirmed", "is_disqualified"]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.contacts: dict[str, Any] = {}  # each `Email` or `Phone` to write, by field

    def clean_email(self) -> str:
        text: str = self.cleaned_data["email"]
        try:
            email = Email.parse(text) if trim(text) else NO_EMAIL
        except InvalidEmail as error:
            raise ValidationError(str(error)) from error
        self.contacts["email"] = email
        self.instance.set_email(email)
        return email.address

    def clean_name(self) -> str:
        return trim(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        text: str = self.cleaned_data["phone"]
        is_only_contact = "email" in self.changed_data and not self.cleaned_data.get("email")
        if "phone" not in self.changed_data and not is_only_contact:
            return text  # an invalid number from before numbers were validated must not block other changes
        try:
            phone = Phone.parse(text) if trim(text) else NO_PHONE
        except InvalidPhone as error:
            raise ValidationError(str(error)) from error
        if "phone" in self.changed_data or not self.instance.phone_key:
            self.contacts["phone"] = phone
        self.instance.set_phone(phone)
        return phone.number

    def new_entry(self) -> NewEntry:
        """The entry to create."""
        values = {name: self.cleaned_data[name] for name in ("name", "email_confirmed", "is_disqualified")}
        email, phone = self.contacts.get("email", NO_EMAIL), self.contacts.get("phone", NO_PHONE)
        return NewEntry(email=email, phone=phone, **values)

    def changes(self) -> dict[str, Any]:
        """The changed fields, as `update_entry` takes them."""
        changed = {name: self.cleaned_data[name] for name in self.changed_data}
        if "email" not in changed:
            self.contacts.pop("email", None)
        return changed | self.contacts


class AdjustForm(EntryActionForm):
    model = Entry
    exception_messages: ClassVar[dict[type[Exception], Any]] = {BalanceTooLow: None, EntryGone: None}
    points = forms.IntegerField(
        label="Points",
        min_value=-MAX_ADJUSTMENT,
        max_value=MAX_ADJUSTMENT,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text="Enter a negative number to remove points.",
    )
    preview_fields = ("points",)

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if points == 0:
            raise ValidationError("Enter a number other than 0.")
        return points

    def changes(self, values: dict[str, Any]) -> PointChanges:
        check_adjustment(self.object, values["points"])
        return {self.object.pk: values["points"]}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> PointTransaction:
        line = adjust_points(self.object, values["points"], adjustment_id=audit.id, audit=audit)
        if not audit.is_recorded():  # an API call used the form's id as its adjustment id
            raise RequestIdReused
        return line


@admin.register(Entry)
class EntryAdmin(ReferralActionMixin):
    form = EntryForm
    list_display = ["email_or_phone", "name", "contest", "points", "marks", "created_at"]
    list_select_related = ["contest"]
    list_filter = [ContestFilter, CreatedFilter, "is_disqualified", "email_confirmed"]
    row_layout = RowLayout(
        value="points", details=("marks", "name", "contest", "created_at"), wide=("contest",), numbers=("points",)
    )
    sorts = (
        Sort("created_at", ("id",)),
        Sort(
            "points",
            ("points", "-points_since", "-id"),
            ("Lowest points first", "Highest points first"),
            only=Q(email_confirmed=True, is_disqualified=False),
            only_label="On the leaderboard",
            contradicts=("is_disqualified__exact", "email_confirmed__exact"),
            needs_owner=True,
        ),
    )
    search_fields = ["email_key"]  # shows the search box; `get_search_results` searches
    search_help_text = "Start of the email, a word of the name, or entry ID"
    fields = ["contest", "email", "name", "phone", ("email_confirmed", "is_disqualified")]
    actions_detail = ["adjust", "remove_referral"]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        text = search_term.replace("\0", "").strip()
        if not text:
            return queryset, False
        contest_ids = list(contests_of(request, *ALL_ROLES).values_list("pk", flat=True))
        return queryset.filter(pk__in=find_entries(text, contest_ids)), False

    def get_readonly_fields(self, request: HttpRequest, obj: Entry | None = None) -> list[str]:
        return ["contest"] if obj else []

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **options)
        except EntryErased as error:  # Race: after the form was opened
            messages.error(request, str(error))
            return HttpResponseRedirect(request.path)
        except (EmailTaken, PhoneTaken, EntryGone):
            # Race: another entry took the address or number after the form was validated, or this entry was removed.
            # Validating again reports it.
            return super().changeform_view(request, *args, **options)
        except NotReachable as error:
            # Race: the entry lost its other contact after the form was validated.
            other = "email address" if error.cleared == "phone" else "phone number"
            messages.error(request, f"Not saved: the {other} was removed in the meantime, and an entry needs one.")
            return HttpResponseRedirect(request.get_full_path())

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not getattr(obj, "is_erased", False) and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Entry, form: EntryForm, change: bool) -> None:
        audit = audit_context(request)
        if change:
            update_entry(obj, form.changes(), audit=audit)
        else:
            entry, already_exists = enter(obj.contest, form.new_entry(), audit=audit)
            if already_exists:
                raise EmailTaken
            obj.pk = entry.pk
        if "email" in form.changed_data:
            transaction.on_commit(lambda: self._release_held_orders(request, obj))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the services record it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Nothing: the services record it."""

    def _release_held_orders(self, request: HttpRequest, entry: Entry) -> None:
        count = announce_reachable([entry], seconds=REQUEST_SECONDS)
        if count:
            messages.success(request, f"{counted(count, 'waiting order was', 'waiting orders were')} recorded.")

    def known_total(self, cl: RowList) -> int | None:
        return entry_count(cl.owner_ids) if cl.owner_ids is not None and cl.is_whole else None

    def empty_list(self, request: HttpRequest) -> EmptyList:
        text = "Entries appear here once your shop sends them to the API, or you import them on a contest's page."
        link = ("Add an entry", add_url(Entry)) if self.has_add_permission(request) else None
        return EmptyList("No entries yet", text, link)

    @admin.display(description="status")
    def marks(self, entry: Entry) -> SafeString:
        """What is unusual about the entry."""
        disqualified = badge("danger", "Disqualified") if entry.is_disqualified else ""
        unconfirmed = "" if entry.email_confirmed else badge("warning", "Unconfirmed")
        return format_html("{} {}", disqualified, unconfirmed) if disqualified or unconfirmed else SafeString("")

    @admin.display(description="email or phone")
    def email_or_phone(self, entry: Entry) -> str:
        return str(entry)

    @action_dialog(
        AdjustForm,
        label="Adjust points",
        icon="exposure",
        permissions=["adjust"],
        title="Adjust points",
        description="Adds a ledger line. Purchases keep their points.",
        submit="Adjust points",
    )
    def adjust(self, request: HttpRequest, form: AdjustForm, object_id: str) -> HttpResponse:
        line = form.outcome
        change, balance = show_number(line.points, signed=True), counted(line.balance, "point", "points")
        form.add_message(f"{change} points. The new balance is {balance}.")
        return go_to(change_url(form.object))

    def has_adjust_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, ALL_ROLES, obj)
