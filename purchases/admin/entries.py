"""The page of an entry: its balance, orders, points and activity. Its fields are edited on a page of their own."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import quote
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.adminsite.audited import changes_in
from contests.admin.entry import EntryAdmin
from contests.models import Entry
from purchases.support.entry_overview import overview_of

admin.site.unregister(Entry)


FORM_CONTEXT = {"show_save_and_continue": False, "show_save_and_add_another": False, "actions_detail": []}


@admin.register(Entry)
class EntryWithPurchasesAdmin(EntryAdmin):
    list_after_template = "admin/purchases/export_entries.html"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The entry's page; its form with ``?edit``, to which it is posted."""
        if request.method == "POST" or "edit" in request.GET:
            return super().change_view(request, object_id, form_url, FORM_CONTEXT | (extra_context or {}))
        return self.entry_page(request, object_id)

    def entry_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        entry = self.get_visible_or_404(request, object_id)
        object_id = quote(entry.pk)
        actions = self._get_actions_navigation(
            self.actions_detail, self.get_actions_detail(request, object_id), object_id
        )
        overview = overview_of(
            entry, orders_before=request.GET.get("orders", ""), lines_before=_number(request.GET.get("points"))
        )
        place = entry.place()
        context = {
            **self.admin_site.each_context(request),
            "title": entry.name or str(entry),
            "opts": self.opts,
            "original": entry,
            "entry": entry,
            "place": place,
            "overview": overview,
            "activity": [(event, changes_in(event)) for event in overview.activity.rows],
            "other_entries": [(other, change_url(other)) for other in overview.other_entries],
            "entry_actions": actions,
            "edit_url": f"{change_url(entry)}?edit=1" if self.has_change_permission(request, entry) else "",
            "list_url": f"{reverse('admin:purchases_purchase_changelist')}?q={entry.pk}",
            "is_older": bool(request.GET.get("orders") or request.GET.get("points")),
        }
        return TemplateResponse(request, "admin/purchases/entry.html", context)

    def response_change(self, request: HttpRequest, obj: Entry) -> HttpResponse:
        messages.success(request, "Entry saved.")
        return redirect(change_url(obj))


def _number(text: str | None) -> int | None:
    """The number of a ledger line in an address.

    Raises:
        Http404: it is none.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < len(str(2**31))):
        raise Http404
    return int(text)
