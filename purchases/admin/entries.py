"""The page of an entry: its balance, orders, points and activity. Its fields are edited on a page of their own."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse

from blitzrocket.accounts.admin.team_scoped import change_url, list_url
from blitzrocket.adminsite.activity import activity_lines
from blitzrocket.adminsite.object_ids import object_pk
from contests.admin.entry import EntryAdmin
from contests.admin.job_progress import progress_of
from contests.models import Entry
from contests.services.referrals import referral_lines
from purchases.admin.order_page import AvailableActionsMixin
from purchases.admin.privacy import EraseEntryForm, PersonalDataMixin, erase_dialog
from purchases.admin.search_rows import Fact, ResultRow, rejected_row
from purchases.models import Purchase, RejectedPurchase
from purchases.privacy.jobs import erasing_of
from purchases.support.entry_overview import overview_of

admin.site.unregister(Entry)


@admin.register(Entry)
class EntryWithPurchasesAdmin(PersonalDataMixin, AvailableActionsMixin, EntryAdmin):
    actions_detail = ["adjust", "remove_referral", "erase"]
    list_after_template = "admin/purchases/export_entries.html"
    change_form_template = "admin/purchases/entry_form.html"

    def available_actions(self, obj: Entry) -> set[str]:
        return {
            "adjust",
            *(["remove_referral"] if referral_lines(obj) else []),
            *([] if obj.is_erased else ["erase"]),
        }

    @erase_dialog(EraseEntryForm)
    def erase(self, request: HttpRequest, form: EraseEntryForm, object_id: str) -> HttpResponse:
        return self.erasing_started(form)

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        """The entry's page; its form with ``?edit``, to which it is posted."""
        if request.method == "POST" or "edit" in request.GET:
            context = {"show_save_and_continue": False, "show_save_and_add_another": False} | (extra_context or {})
            return super().change_view(request, object_id, form_url, context)
        return self.entry_page(request, object_id)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context["actions_detail"] = []  # they are on the entry's page
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def entry_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        entry = self.object_at(request, object_id)
        if entry is None:
            redirected: HttpResponse = self._get_obj_does_not_exist_redirect(
                request, self.opts, str(object_pk(object_id))
            )
            return redirected
        overview = overview_of(
            entry,
            orders_before=request.GET.get("orders", ""),
            lines_before=_number(request.GET.get("points")),
            referred_before=request.GET.get("referred", ""),
        )
        context = {
            **self.admin_site.each_context(request),
            "title": str(entry),
            "opts": self.opts,
            "original": entry,
            "entry": entry,
            "place": entry.place(),
            "overview": overview,
            "not_recorded": [_not_recorded_row(entry, rejected) for rejected in overview.not_recorded.rows],
            "lines": activity_lines(request, overview.activity.rows),
            "other_entries": [(other, change_url(other)) for other in overview.other_entries],
            "buttons": self.action_buttons(request, entry, "adjust"),
            "edit_url": f"{change_url(entry)}?edit=1" if self.has_change_permission(request, entry) else "",
            "export_url": "" if entry.is_erased else self.personal_data_url(entry),
            **_erasing(entry),
            "list_url": list_url(Purchase, q=entry.pk),
            "is_older": any(request.GET.get(name) for name in ("orders", "points", "referred")),
        }
        return TemplateResponse(request, "admin/purchases/entry.html", context)

    def response_change(self, request: HttpRequest, obj: Entry) -> HttpResponse:
        messages.success(request, "Entry saved.")
        return redirect(change_url(obj))


def _erasing(entry: Entry) -> dict[str, Any]:
    """The progress of erasing, until the entry is erased."""
    job = None if entry.is_erased else erasing_of(entry)
    return progress_of(job) | {"refresh": True} if job else {}


def _not_recorded_row(entry: Entry, rejected: RejectedPurchase) -> ResultRow:
    """An order with the entry's email; its contest is named where it was sent to another."""
    elsewhere = str(rejected.contest or rejected.contest_sent) if rejected.contest_id != entry.contest_id else ""
    return rejected_row(rejected, [Fact(elsewhere)] if elsewhere else [])


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
