"""The pages of orders: their timeline, the reply to their customer, and the actions that their state allows."""

from typing import Any

from django.http import HttpRequest, HttpResponse

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, TeamScopedAdmin, change_url
from blitzrocket.htmx import go_to
from purchases.support.timeline import Timeline


class AvailableActionsMixin(TeamScopedAdmin):
    """Offers the whole team those actions that its object's state allows."""

    def available_actions(self, obj: Any) -> set[str]:
        """The names of the actions to offer."""
        raise NotImplementedError

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        obj = self.object_at(request, object_id)
        offered = self.available_actions(obj) if obj is not None else set()
        allowed = super().get_actions_detail(request, object_id)
        return [each for each in allowed if each.method.original_function_name in offered]

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, ALL_ROLES, obj)

    def _finish(self, form: Any, message: str) -> HttpResponse:
        form.add_message(message)
        return go_to(change_url(form.object))


class TimelineMixin(AvailableActionsMixin):
    """An order's page with its timeline and the reply to its customer."""

    change_form_outer_before_template = "admin/purchases/customer.html"
    change_form_outer_after_template = "admin/purchases/timeline.html"

    def timeline_of(self, obj: Any) -> Timeline:
        raise NotImplementedError

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        obj = self.object_at(request, object_id)
        context = {"timeline": self.timeline_of(obj)} if obj is not None else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))
