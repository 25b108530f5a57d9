"""Entries with their points, ledger and purchases."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from blitzrocket.htmx import go_to
from blitzrocket.text import trim
from contests.admin.dialogs import ActForm
from contests.admin.filters import CreatedFilter
from contests.admin.scope import EVERYBODY, ContestFilter, ReadOnly, TeamAdmin, WholeRowForm, change_url, scope_of
from contests.audit import Act, ActIdTaken
from contests.identity import NO_EMAIL, NO_PHONE, Email, InvalidEmail, InvalidPhone, Phone
from contests.models import Entry, PointTransaction
from contests.services import BalanceTooLow, EntryGone, adjust_points
from purchases.desk.search import entries_like
from purchases.services import REQUEST_SECONDS, release_held_purchases

MOST_POINTS_BY_HAND = 1_000_000_000


class EntryForm(WholeRowForm):
    email = forms.CharField(
        label=_("Email"),
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Purchases find their entry by it, in any case."),
    )

    class Meta:
        model = Entry
        fields = ["contest", "email", "name", "phone", "email_confirmed", "is_disqualified"]

    def clean_email(self) -> str:
        text: str = self.cleaned_data["email"]
        try:
            email = Email.parse(text) if trim(text) else NO_EMAIL
        except InvalidEmail as error:
            raise ValidationError(str(error)) from error
        self.instance.set_email(email)
        return email.address

    def clean_name(self) -> str:
        return trim(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        text: str = self.cleaned_data["phone"]
        is_needed_anew = "email" in self.changed_data and not self.cleaned_data.get("email")
        if "phone" not in self.changed_data and not is_needed_anew:
            return text  # from before numbers were looked at: it stays as it is, whatever else is changed
        try:
            phone = Phone.parse(text) if trim(text) else NO_PHONE
        except InvalidPhone as error:
            raise ValidationError(str(error)) from error
        self.instance.set_phone(phone)
        return phone.number


class AdjustForm(ActForm):
    model = Entry
    refusals: ClassVar[dict[type[Exception], Any]] = {BalanceTooLow: None, EntryGone: None}
    points = forms.IntegerField(
        label=_("Points"),
        min_value=-MOST_POINTS_BY_HAND,
        max_value=MOST_POINTS_BY_HAND,
        widget=UnfoldAdminIntegerFieldWidget,
        help_text=_("Negative to take points away."),
    )
    shows_effect_of = ("points",)

    def clean_points(self) -> int:
        points: int = self.cleaned_data["points"]
        if points == 0:
            raise ValidationError(_("0 changes nothing."))
        return points

    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.pk]

    def perform(self, values: dict[str, Any], act: Act) -> PointTransaction:
        line = adjust_points(self.object, values["points"], adjustment_id=act.id, act=act)
        if not act.is_noted:  # an adjustment by the API has the form's id
            raise ActIdTaken
        return line


class LedgerInline(ReadOnly, TabularInline):
    model = PointTransaction
    extra = 0
    fields = ["number", "created_at", "kind", "points", "balance", "purchase", "reason", "actor"]
    readonly_fields = fields
    verbose_name_plural = _("Ledger")
    per_page = 20
    hide_title = True

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("purchase", "actor")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the entry sees its ledger


@admin.register(Entry)
class EntryPage(TeamAdmin):
    team_path = "contest__team"
    form = EntryForm
    list_display = ["who", "name", "contest", "points", "email_confirmed", "is_disqualified", "created_at"]
    list_select_related = ["contest"]
    list_filter = [ContestFilter, CreatedFilter, "is_disqualified", "email_confirmed"]
    sortable_by = ()
    ordering = ["-id"]
    paginator = InfinitePaginator
    show_full_result_count = False
    search_fields = ["email_key"]
    search_help_text = _("Email, by its beginning, a word of the name, or entry id")
    fields = ["contest", "email", "name", "phone", ("email_confirmed", "is_disqualified")]
    inlines = [LedgerInline]
    actions_detail = ["adjust", "purchases"]
    list_after_template = "admin/contests/export_entries.html"

    def get_fields(self, request: HttpRequest, obj: Entry | None = None) -> Any:
        return [("points", "referral_code"), *self.fields] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Entry | None = None) -> list[str]:
        return ["points", "referral_code", *(["contest"] if obj else [])]

    def get_inlines(self, request: HttpRequest, obj: Entry | None) -> Any:
        return self.inlines if obj else []

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        text = search_term.replace("\0", "").strip()
        return (queryset.filter(pk__in=entries_like(text, scope_of(request))) if text else queryset), False

    def changed_fields(self, form: Any) -> list[str]:
        changed = super().changed_fields(form)
        keys = ["email_key", "near_key", "phone_key"] if {"email", "phone"} & set(changed) else []
        return [*changed, *keys]

    def changeform_view(self, request: HttpRequest, *args: Any, **options: Any) -> Any:
        try:
            return super().changeform_view(request, *args, **options)
        except IntegrityError:
            # Race: somebody else took the address or number after the form was checked. Checked again, it says so.
            return super().changeform_view(request, *args, **options)

    def save_model(self, request: HttpRequest, obj: Entry, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "name" in form.changed_data:
            obj.index_name()
        if "email" in form.changed_data:
            transaction.on_commit(lambda: self._release(request, obj))

    def _release(self, request: HttpRequest, entry: Entry) -> None:
        count = release_held_purchases(entry, seconds=REQUEST_SECONDS)
        if count:
            said = ngettext(
                "%(count)d order that waited for this address is recorded.",
                "%(count)d orders that waited for this address are recorded.",
                count,
            )
            messages.success(request, said % {"count": count})

    @admin.display(description=_("email or phone"))
    def who(self, entry: Entry) -> str:
        return str(entry)

    @action(
        description=_("Adjust points"),
        icon="exposure",
        permissions=["adjust"],
        dialog={
            "title": _("Adjust points"),
            "description": _("Adds a line to the entry's ledger. Purchases and their points stay as they are."),
            "form_class": AdjustForm,
            "form_submit_text": _("Adjust"),
        },
    )
    def adjust(self, request: HttpRequest, form: AdjustForm, object_id: str) -> HttpResponse:
        line = form.outcome
        form.tell(
            _("%(points)+d points. The entry has %(balance)d now.") % {"points": line.points, "balance": line.balance}
        )
        return go_to(change_url(form.object))

    def has_adjust_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, EVERYBODY, obj)

    @action(description=_("Purchases"), icon="shopping_bag", permissions=["view"])
    def purchases(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = self.get_own(request, object_id)
        url = reverse("admin:purchases_purchase_changelist")
        return HttpResponse(status=302, headers={"Location": f"{url}?q={entry.pk}"})
