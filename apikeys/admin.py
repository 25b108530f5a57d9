"""Keys: made and shown once, revoked, never read again."""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apikeys.models import ApiKey, default_rate_limit
from blitzrocket.htmx import go_to
from contests.admin.audit import act_of
from contests.admin.object_ids import key_of
from contests.admin.scope import OWNER, TeamAdmin, change_url, shown_once
from contests.models import AuditLine, User

STATE_COLOURS = {"usable": "success", "expired": "warning", "revoked": "danger"}


@admin.register(ApiKey)
class ApiKeyPage(TeamAdmin):
    readers = editors = (OWNER,)
    list_display = ["name", "kind_of_key", "state", "prefix", "rate_limit", "last_used_at", "expires_at", "team"]
    list_select_related = ["team"]
    list_filter = ["kind"]
    search_fields = ["name", "prefix"]
    search_help_text = _("Name, or how the key begins")
    actions_detail = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return ["name", "team", "kind", "rate_limit", "expires_at"]
        shown = ["name", "team_name", "kind", "rate_limit", "expires_at"]
        return [*shown, ("prefix", "state_in_words"), ("created_at", "created_by"), "last_used_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        return (
            ["team_name", "kind", "prefix", "state_in_words", "created_at", "created_by", "last_used_at"] if obj else []
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"rate_limit": default_rate_limit(ApiKey.Kind.PRIVATE)}

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            request.new_secret = obj.new_secret()  # type: ignore[attr-defined]
            obj.created_by = cast("User", request.user)
            if obj.rate_limit == default_rate_limit(ApiKey.Kind.PRIVATE):  # as it was offered, whatever the kind
                obj.rate_limit = default_rate_limit(obj.kind)
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        explanation = _(
            "This is the key “%(name)s”. It is shown only this once: copy it to where it is used. If it gets lost, "
            "make another and revoke this one."
        )
        return shown_once(
            self,
            request,
            title=_("Copy the new key"),
            explanation=explanation % {"name": obj.name},
            label=_("Key"),
            secret=request.new_secret,  # type: ignore[attr-defined]
        )

    @display(description=_("kind"))
    def kind_of_key(self, key: ApiKey) -> str:
        return str(ApiKey.Kind(key.kind).name.capitalize())

    @display(description=_("state"), label=STATE_COLOURS)
    def state(self, key: ApiKey) -> tuple[str, Any]:
        if key.revoked_at is not None:
            return "revoked", _("Revoked")
        if key.expires_at is not None and key.expires_at <= timezone.now():
            return "expired", _("Expired")
        return "usable", _("Usable")

    @admin.display(description=_("state"))
    def state_in_words(self, key: ApiKey) -> str:
        return str(self.state(key)[1])

    @action(
        description=_("Revoke"),
        icon="block",
        permissions=["revoke"],
        dialog={
            "title": _("Revoke this key?"),
            "description": _("Calls with it are refused from this moment on. A revoked key cannot be used again."),
            "form_class": None,
            "form_submit_text": _("Revoke"),
        },
    )
    def revoke(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        key = self.get_own(request, object_id)
        key.revoke()
        act_of(request).note(AuditLine.Action.REVOKED, key, team=key.team)
        messages.success(request, _("The key is revoked."))
        return go_to(change_url(key))

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.may(request, self.editors, obj):
            return False
        key = key_of(obj)
        return key is None or ApiKey.objects.filter(pk=key, revoked_at=None).exists()
