"""The activity log in the admin: every change on its pages is recorded, and an object's history shown."""

from datetime import UTC, datetime
from typing import Any, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from blitzrocket.adminsite.activity import activity_lines
from blitzrocket.adminsite.lists.list_admin import ListAdmin
from blitzrocket.adminsite.object_ids import ObjectAddressMixin
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.ids import new_id

FORM_USED = "This form was already submitted. Open it again."  # for RequestIdReused
# Personal values are not logged, because audit events cannot be erased: the log says only that they changed.
PERSONAL = {"email", "name", "phone", "username", "first_name", "last_name"}
MAX_EVENTS = 200


class AuditedAdmin(ObjectAddressMixin, ListAdmin):
    """Records what its pages add, change and delete as audit events instead of Django's log entries."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """The form's changes as the audit event's before and after."""
        before: dict[str, Any] = {}
        after: dict[str, Any] = {}
        for name in form.cleaned_data if add else form.changed_data:
            if _is_secret(name):
                after[_plain_name(name)] = "changed"
            elif name in form.cleaned_data and not (add and form.cleaned_data[name] in (None, "")):
                before[name], after[name] = _json_value(form.initial.get(name)), _json_value(form.cleaned_data[name])
        return {"before": {} if add else before, "after": after}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        self._record(request, AuditEvent.Action.ADDED, obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        if message["after"]:
            self._record(request, AuditEvent.Action.CHANGED, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        for obj in queryset:
            self._record(request, AuditEvent.Action.DELETED, obj, {"before": {}, "after": {}})

    def _record(self, request: HttpRequest, action: AuditEvent.Action, obj: Any, message: dict[str, Any]) -> None:
        audit_context(request).record(action, obj, **self.audit_owner(obj), **message)

    def audit_owner(self, obj: Any) -> dict[str, Any]:
        """The contest or team whose activity log shows changes of the object."""
        return {"contest": getattr(obj, "contest", None), "team": getattr(obj, "team", None)}

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The activity log of one object."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        obj = self.get_visible_or_404(request, object_id)
        events = list(AuditEvent.objects.about(obj).select_related("actor")[: MAX_EVENTS + 1])
        context = {
            **self.admin_site.each_context(request),
            "title": f"Activity: {obj}",
            "opts": self.opts,
            "object": obj,
            "lines": activity_lines(request, events[:MAX_EVENTS]),
            "is_cut": len(events) > MAX_EVENTS,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)


def audit_context(request: HttpRequest, reason: str = "", request_id: str = "") -> AuditContext:
    """The audit context of the signed-in user; with a dialog's request id, sending it twice is one action."""
    return AuditContext(reason=reason, user=cast("AbstractBaseUser", request.user), id=request_id or new_id("event"))


def _is_secret(name: str) -> bool:
    return name in PERSONAL or "password" in name


def _plain_name(name: str) -> str:
    return "password" if "password" in name else name


def _json_value(value: Any) -> Any:
    """A form's value for a JSONField."""
    if isinstance(value, Model):
        return value.pk
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return str(value)
