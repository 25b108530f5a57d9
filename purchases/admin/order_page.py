"""The page of one order: a recorded one, a rejected one, or a pending refund.

Nothing is edited on it. It says what the order is and what to do next, and has its timeline and the customer's reply.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, TeamScopedAdmin, change_url
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.htmx import go_to
from contests.models import Entry
from purchases.models import PendingRefund
from purchases.services.duplicates import MAX_DIFFERING
from purchases.support.timeline import Timeline

SHOWN_AT_ONCE = 3  # of the duplicates that differ; the others are folded
REFUND_KINDS = {
    PendingRefund.State.PENDING: "Pending refund",
    PendingRefund.State.APPLIED: "Refund",
    PendingRefund.State.REFUSED: "Refused refund",
}


@dataclass(frozen=True, slots=True)
class Badge:
    """The status of an order; ``kind`` is its colour."""

    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Fact:
    """What the head of the page says about an order, with a smaller note below."""

    label: str
    value: SafeString | str
    note: SafeString | str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """A part of the page that is folded: lines of label and value. In a sum, the values are points."""

    title: str
    lines: Sequence[tuple[str, Any]]
    is_sum: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """What an order needs from a person; ``link`` leads to where that is done, if it is another page."""

    title: SafeString | str
    text: str = ""
    problems: Sequence[tuple[str, str]] = ()
    link: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """What differs between the pages of recorded orders, rejected orders and pending refunds."""

    kind: str
    badge: Badge
    facts: Sequence[Fact]
    details: Sequence[Details]
    next_step: NextStep | None = None
    primary: str = ""  # the action to stand out


@dataclass(frozen=True, slots=True)
class ActionButton:
    """A button that opens the dialog of an action."""

    title: str
    icon: str
    url: str
    variant: str


@dataclass(frozen=True, slots=True)
class RelatedRow:
    """Another row with the same order id."""

    title: str
    note: str
    url: str


class AvailableActionsMixin(TeamScopedAdmin):
    """Offers the whole team those actions that its object's state allows."""

    def available_actions(self, obj: Any) -> set[str]:
        """The names of the actions to offer."""
        raise NotImplementedError

    def action_buttons(self, request: HttpRequest, obj: Any, primary: str) -> list[ActionButton]:
        """The actions to offer, the primary one first."""
        offered = self.available_actions(obj)
        buttons = []
        for action in self.get_actions_detail(request, quote(obj.pk)):
            name = action.method.original_function_name
            if name in offered:
                url = reverse(f"{self.admin_site.name}:{action.action_name}", args=[quote(obj.pk)])
                variant = "primary" if name == primary else (action.dialog or {}).get("variant", "")
                buttons.append(ActionButton(action.description, action.icon or "", url, variant))
        return sorted(buttons, key=lambda button: button.variant != "primary")

    def has_act_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, ALL_ROLES, obj)

    def _finish(self, form: Any, message: str) -> HttpResponse:
        form.add_message(message)
        return go_to(change_url(form.object))


class OrderPageMixin(AvailableActionsMixin):
    """Shows an order instead of a form."""

    def timeline_of(self, obj: Any) -> Timeline:
        raise NotImplementedError

    def order_page(self, obj: Any, timeline: Timeline) -> OrderPage:
        """What the page says about this order."""
        raise NotImplementedError

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        if not self.has_view_permission(request) or request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        obj = self.object_at(request, object_id)
        if obj is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, str(object_pk(object_id)))
        timeline = self.timeline_of(obj)
        page = self.order_page(obj, timeline)
        context = {
            **self.admin_site.each_context(request),
            "title": str(obj),
            "opts": self.opts,
            "original": obj,
            "page": page,
            "buttons": self.action_buttons(request, obj, page.primary),
            "timeline": timeline,
            "differing": {
                "first": timeline.differing[:SHOWN_AT_ONCE],
                "others": timeline.differing[SHOWN_AT_ONCE:],
                "is_full": len(timeline.differing) >= MAX_DIFFERING,
            },
            "related": list(_related(timeline, obj)),
            "history_url": reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_history", args=[quote(obj.pk)]),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/purchases/order.html", context)


def _related(timeline: Timeline, obj: Any) -> Iterator[RelatedRow]:
    """The other rows with the order's id, in this contest and others."""
    if timeline.purchase and timeline.purchase != obj:
        note = f"{timeline.purchase.get_status_display()} · {timeline.purchase.contest}"
        yield RelatedRow("Recorded order", note, change_url(timeline.purchase))
    for rejected in timeline.rejections:
        if rejected != obj:
            note = f"{rejected.get_state_display()} · {rejected.get_code_display()}"
            yield RelatedRow("Rejected order", note, change_url(rejected))
    for refund in timeline.pending_refunds:
        if refund != obj:
            note = f"{refund.refund_id}, dismissed" if refund.is_dismissed else refund.refund_id
            yield RelatedRow(REFUND_KINDS[PendingRefund.State(refund.state)], note, change_url(refund))
    for other in timeline.same_id_elsewhere:
        yield RelatedRow(other.order_id, f"Same ID in {other.contest} · {other.entry}", change_url(other))


def entry_link(entry: Entry) -> SafeString:
    """The entry's name, or else its email, with a link to its page."""
    return format_html('<a href="{}">{}</a>', change_url(entry), entry.name or entry)


def object_link(obj: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', change_url(obj), obj)
