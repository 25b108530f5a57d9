"""Admin of API keys, for owners: create with a secret that is shown once, list, revoke."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from apikeys.models import ApiKey, ApiKeyQuerySet, default_rate_limit
from blitzrocket.accounts.admin.menu import is_owner
from blitzrocket.accounts.admin.team_scoped import OWNER, TeamScopedAdmin, add_url, change_url, render_secret_once
from blitzrocket.accounts.models import User
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.sorting import A_TO_Z, Sort
from blitzrocket.adminsite.navigation import LINKS, Link
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.audit.models import AuditEvent
from blitzrocket.audit.sentences import (
    OBJECT_TYPES,
    SENTENCES,
    ObjectType,
    Reference,
    SearchScope,
    Sentence,
    Subject,
    fields_changed,
)
from blitzrocket.htmx import go_to

MAX_FOUND = 50
NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class KindFilter(admin.SimpleListFilter):
    """By a kind of those keys that calls are made with."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.value, kind.label) for kind in ApiKey.FOR_CALLS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(TeamScopedAdmin):
    readers = editors = (OWNER,)
    list_display = ["name", "kind_of_key", "state", "prefix", "rate_limit", "last_used_at", "expires_at", "team"]
    list_select_related = ["team"]
    list_filter = [KindFilter]
    row_layout = RowLayout(
        value="state",
        details=("kind_of_key", "prefix", "last_used_at"),
        wide=("prefix", "rate_limit", "team"),
        numbers=("rate_limit",),
    )
    sorts = (
        Sort("created_at", ("created_at", "id")),
        Sort("name", ("lower_name", "id"), A_TO_Z, {"lower_name": Lower("name")}, starts_descending=False),
        Sort(
            "last_used_at",
            ("used", "id"),
            ("Earliest use first", "Latest use first"),
            {"used": Coalesce("last_used_at", NEVER)},
        ),
    )
    search_fields = ["name", "prefix"]
    search_help_text = "Name or prefix"
    actions_detail = ["revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        queryset: ApiKeyQuerySet = super().get_queryset(request)  # type: ignore[assignment]  # that of its manager
        return queryset.for_calls()

    def formfield_for_choice_field(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "kind":
            kwargs["choices"] = [(kind.value, kind.label) for kind in ApiKey.FOR_CALLS]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        if obj is None:
            return ["name", "team", "kind", "rate_limit", "expires_at"]
        names = ["name", "team_name", "kind", "rate_limit", "expires_at"]
        return [*names, ("prefix", "status_text"), ("created_at", "created_by"), "last_used_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> list[str]:
        return ["team_name", "kind", "prefix", "status_text", "created_at", "created_by", "last_used_at"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"rate_limit": default_rate_limit(ApiKey.Kind.PRIVATE)}

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            request.shown_secret = obj.new_secret()  # type: ignore[attr-defined]
            obj.created_by = cast("User", request.user)
            if obj.rate_limit == default_rate_limit(ApiKey.Kind.PRIVATE):  # the form's initial value, not a choice
                obj.rate_limit = default_rate_limit(obj.kind)
        super().save_model(request, obj, form, change)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        # Whichever button saves, what follows is the page with the key.
        context = {"show_save_and_continue": False, "show_save_and_add_another": False} | (extra_context or {})
        response: HttpResponse = super().add_view(request, form_url, context)
        return response

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        explanation = (
            "The key “%(name)s” is shown only once. Copy it now. If you lose it, create a new one and revoke this one."
        )
        return render_secret_once(
            self,
            request,
            title="Copy the new key",
            explanation=explanation % {"name": obj.name},
            label="Key",
            secret=request.shown_secret,  # type: ignore[attr-defined]
        )

    @display(description="kind")
    def kind_of_key(self, key: ApiKey) -> str:
        return str(ApiKey.Kind(key.kind).name.capitalize())

    def empty_list(self, request: HttpRequest) -> EmptyList:
        text = "Your shop calls the API with a private key."
        return EmptyList("No API keys yet", text, ("Add a key", add_url(ApiKey)))

    @admin.display(description="state")
    def state(self, key: ApiKey) -> str:
        """Its state, marked where the key can't be used."""
        text = self.status_text(key)
        return {"Revoked": quiet(text), "Expired": badge("warning", text)}.get(text, text)

    @admin.display(description="state")
    def status_text(self, key: ApiKey) -> str:
        if key.revoked_at is not None:
            return "Revoked"
        return "Expired" if key.is_expired_at(timezone.now()) else "Active"

    @action(
        description="Revoke key",
        icon="block",
        permissions=["revoke"],
        variant=ActionVariant.DANGER,
        dialog=danger_dialog(
            "Revoke this key?",
            "Requests with this key are rejected at once. A revoked key can't be used again.",
            "Revoke key",
        ),
    )
    def revoke(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        key = self.get_visible_or_404(request, object_id)
        with transaction.atomic():
            is_new = key.revoke()
            if is_new:
                audit_context(request).record(AuditEvent.Action.REVOKED, key, team=key.team)
        if is_new:
            messages.success(request, "Key revoked.")
        else:
            messages.info(request, "Already done: this key was revoked before.")
        return go_to(change_url(key))

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.has_role(request, self.editors, obj):
            return False
        key = object_pk(obj)
        return key is None or ApiKey.objects.filter(pk=key, revoked_at=None).exists()


LINKS.append(Link("Settings", "API keys", "key", "apikeys_apikey_changelist", 30, is_owner))


def _keys(references: Collection[Reference]) -> Mapping[str, Subject]:
    ids = [reference.object_id for reference in references]
    return {key.pk: Subject(f"API key “{key}”") for key in ApiKey.objects.filter(pk__in=ids)}


def _find_keys(text: str, scope: SearchScope) -> list[str]:
    rows = ApiKey.objects.for_calls().filter(team__in=scope.team_ids, name__icontains=text)
    return list(rows.values_list("pk", flat=True)[:MAX_FOUND])


OBJECT_TYPES["apikey"] = ObjectType(_keys, "a deleted API key", _find_keys)
SENTENCES |= {
    ("apikey", AuditEvent.Action.ADDED): Sentence("created the {object}", mentioned=("name", "team")),
    ("apikey", AuditEvent.Action.CHANGED): Sentence(
        "changed {fields} of the {object}", lambda event, subject: {"fields": fields_changed(event, ApiKey)}
    ),
    ("apikey", AuditEvent.Action.REVOKED): Sentence("revoked the {object}"),
}
