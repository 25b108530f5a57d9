"""Keys: made and shown once, revoked, never read again."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from apikeys.models import ApiKey, default_rate_limit
from contests.admin.scope import OWNER, TeamAdmin
from contests.models import User


@admin.register(ApiKey)
class ApiKeyPage(TeamAdmin):
    readers = editors = (OWNER,)
    list_display = ["name", "team", "kind", "prefix", "rate_limit", "last_used_at", "expires_at", "revoked_at"]
    list_filter = ["kind"]
    search_fields = ["name", "prefix"]
    fields = ["name", "team", "kind", "rate_limit", "expires_at", "prefix", "created_at", "last_used_at", "revoked_at"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        return list(self.fields) if obj else ["name", "team", "kind", "rate_limit", "expires_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        return ["team", "kind", "prefix", "created_at", "last_used_at", "revoked_at"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"rate_limit": default_rate_limit(ApiKey.Kind.PRIVATE)}

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        secret = obj.new_secret()
        obj.created_by = cast("User", request.user)
        super().save_model(request, obj, form, change)
        messages.warning(
            request, format_html("{} <code>{}</code>", _("Copy the key now, it is shown only this once:"), secret)
        )

    @admin.action(description=_("Revoke the selected keys"))
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset:
            key.revoke()
        messages.success(request, _("The keys are revoked; calls with them are refused from now on."))
