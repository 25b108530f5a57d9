"""Entries with their points and ledger."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminTextInputWidget

from contests.admin.scope import ReadOnly, TeamAdmin, teams_of
from contests.identity import Email, InvalidEmail
from contests.models import Contest, Entry, Membership, PointTransaction


class EntryForm(forms.ModelForm):
    email = forms.CharField(label=_("Email"), required=False, widget=UnfoldAdminTextInputWidget)

    class Meta:
        model = Entry
        fields = ["contest", "email", "name", "phone", "email_confirmed", "is_disqualified"]

    def clean_email(self) -> str:
        text: str = self.cleaned_data["email"]
        try:
            email = Email.parse(text) if text.strip() else Email("", "")
        except InvalidEmail as error:
            raise ValidationError(str(error)) from error
        self.instance.set_email(email)
        return email.address

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's own, untyped
        return excluded - {"email_key"}  # so that the form tells of the constraint on it


class LedgerInline(ReadOnly, TabularInline):
    model = PointTransaction
    extra = 0
    fields = ["created_at", "kind", "points", "balance", "purchase", "reason", "actor"]
    readonly_fields = fields
    per_page = 20

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


@admin.register(Entry)
class EntryPage(TeamAdmin):
    team_path = "contest__team"
    form = EntryForm
    list_display = ["email", "name", "contest", "points", "email_confirmed", "is_disqualified", "created_at"]
    list_select_related = ["contest"]
    list_filter = ["is_disqualified"]
    search_fields = ["email_key__startswith", "name", "id__exact"]
    search_help_text = _("Email, by its beginning, name or entry id")
    show_full_result_count = False
    fields = ["contest", "email", "name", "phone", ("email_confirmed", "is_disqualified"), "points", "referral_code"]
    inlines = [LedgerInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Entry | None = None) -> list[str]:
        return ["points", "referral_code", *(["contest"] if obj else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Contest:
            kwargs["queryset"] = Contest.objects.filter(team__in=teams_of(request, Membership.Role.OWNER))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
