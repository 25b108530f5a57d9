"""The support desk: its search, and the timeline on every order's page."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, TeamScopedAdmin, change_url
from blitzrocket.htmx import go_to
from purchases.admin.open_items import open_item_links
from purchases.admin.scope import search_scope
from purchases.support.customer_replies import attachable_among, customer_reply_for, not_received, unknown_email
from purchases.support.open_items import open_items_for
from purchases.support.search import OrderResult, SearchResults, search
from purchases.support.timeline import Timeline

MAX_TEXT_LENGTH = 60_000  # 200 order ids of 255 characters, and their separators


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


class SupportDeskMixin(TimelineMixin):
    """Serves the search page, which belongs to no single object."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.desk)
        return [path("desk/", view, name="purchases_purchase_desk"), *super().get_urls()]

    def desk(self, request: HttpRequest) -> HttpResponse:
        """Search; an only result opens at once."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        parameters = request.POST if request.method == "POST" else request.GET
        text = parameters.get("q", "")[:MAX_TEXT_LENGTH]
        results = search(text, search_scope(request), by_prefix="begins" in parameters)
        if results.only_result is not None and "begins" not in parameters:
            return redirect(change_url(results.only_result))
        context = {
            **self.admin_site.each_context(request),
            "title": "Support desk",
            "opts": self.opts,
            "q": text,
            "results": results,
            "orders": _with_replies(results.orders),
            "entries": [(entry, change_url(entry)) for entry in results.entries],
            "reply": _reply_without_results(results) if results.is_empty else "",
            "open_items": open_item_links(open_items_for(search_scope(request))),
        }
        return TemplateResponse(request, "admin/purchases/desk.html", context)


def _reply_without_results(results: SearchResults) -> str:
    """The reply for one order id or email that has no results; a name or a list has no customer to reply to."""
    if "@" in results.text:
        return unknown_email(results.text)
    is_one_id = results.text and len(results.text.split()) == 1 and any(sign.isdigit() for sign in results.text)
    return not_received(results.text) if is_one_id else ""


def _with_replies(orders: list[OrderResult]) -> list[tuple[OrderResult, str, str]]:
    """Each order with its page's URL and the reply to its customer."""
    attachable = attachable_among(rejected for order in orders for rejected in order.rejections)
    return [
        (
            order,
            change_url(order.shown),
            customer_reply_for(order.purchase, order.rejections, order.pending_refunds, order.order_id, attachable),
        )
        for order in orders
    ]
