"""The support desk: the one search, and the story on every order's page."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path

from blitzrocket.accounts.admin.team_scoped import EVERYBODY, TeamScopedAdmin, change_url
from blitzrocket.middleware.htmx import go_to
from purchases.admin.open_items import open_item_links
from purchases.admin.scope import search_scope
from purchases.support.customer_replies import (
    attachable_among,
    customer_reply_for,
    never_sent,
    unknown_address,
)
from purchases.support.open_items import open_items_for
from purchases.support.search import OrderResult, SearchResults, search
from purchases.support.timeline import Timeline

LONGEST_TEXT = 60_000  # 200 order ids of 255 characters, and what stands between them


class OffersActionsMixin(TeamScopedAdmin):
    """A page that offers only the acts that make sense as its object stands, to the whole team."""

    def offered_for(self, obj: Any) -> set[str]:
        """The names of the acts to offer."""
        raise NotImplementedError

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        obj = self.object_at(request, object_id)
        offered = self.offered_for(obj) if obj is not None else set()
        allowed = super().get_actions_detail(request, object_id)
        return [audit for audit in allowed if audit.method.original_function_name in offered]

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, EVERYBODY, obj)

    def _done(self, request: HttpRequest, form: Any, said: Any) -> HttpResponse:
        form.tell(said)
        return go_to(change_url(form.object))


class TimelineMixin(OffersActionsMixin):
    """An order's page: its story and the answer to its customer."""

    change_form_outer_before_template = "admin/purchases/customer.html"
    change_form_outer_after_template = "admin/purchases/timeline.html"

    def story_of(self, obj: Any) -> Timeline:
        raise NotImplementedError

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        obj = self.object_at(request, object_id)
        context = {"story": self.story_of(obj)} if obj is not None else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


class SupportDeskMixin(TimelineMixin):
    """Carries the address of the search, which belongs to no single object."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.desk)
        return [path("desk/", view, name="purchases_purchase_desk"), *super().get_urls()]

    def desk(self, request: HttpRequest) -> HttpResponse:
        """Find whatever a customer quotes; the only hit opens at once."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        given = request.POST if request.method == "POST" else request.GET
        text = given.get("q", "")[:LONGEST_TEXT]
        found = search(text, search_scope(request), by_beginning="begins" in given)
        if found.only_hit is not None and "begins" not in given:
            return redirect(change_url(found.only_hit))
        context = {
            **self.admin_site.each_context(request),
            "title": "Support desk",
            "opts": self.opts,
            "q": text,
            "found": found,
            "orders": _answered(found.orders),
            "entries": [(entry, change_url(entry)) for entry in found.entries],
            "nothing": _about_nothing(found) if found.is_nothing else "",
            "waiting": open_item_links(open_items_for(search_scope(request))),
        }
        return TemplateResponse(request, "admin/purchases/desk.html", context)


def _about_nothing(found: SearchResults) -> str:
    """What to answer where there is nothing: for one order id or address; a name or a list has no customer."""
    if "@" in found.text:
        return unknown_address(found.text)
    is_one_id = found.text and len(found.text.split()) == 1 and any(sign.isdigit() for sign in found.text)
    return never_sent(found.text) if is_one_id else ""


def _answered(orders: list[OrderResult]) -> list[tuple[OrderResult, str, str]]:
    """Each order with its page and the answer to its customer."""
    attachable = attachable_among(attempt for order in orders for attempt in order.attempts)
    return [
        (
            order,
            change_url(order.shown),
            customer_reply_for(order.purchase, order.attempts, order.waiting_refunds, order.order_id, attachable),
        )
        for order in orders
    ]
