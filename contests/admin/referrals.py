"""The dialog that removes the points of a referral."""

from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, change_url
from blitzrocket.adminsite.action_forms import action_dialog
from blitzrocket.audit.context import AuditContext
from blitzrocket.htmx import go_to
from blitzrocket.numbers import counted
from contests.admin.entry_actions import EntryActionForm
from contests.admin.scope import ContestScopedAdmin
from contests.models import Entry, PointTransaction
from contests.services.preview import PointChanges
from contests.services.referrals import NoReferralPoints, referral_lines, remove_referral_points


class RemoveReferralForm(EntryActionForm):
    model = Entry
    exception_messages: ClassVar[dict[type[Exception], Any]] = {NoReferralPoints: None}

    def changes(self, values: dict[str, Any]) -> PointChanges:
        lines = referral_lines(self.object)
        if not lines:
            raise NoReferralPoints
        return {line.entry_id: -line.points for line in lines}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> list[PointTransaction]:
        return remove_referral_points(self.object, audit=audit)


class ReferralActionMixin(ContestScopedAdmin):
    @action_dialog(
        RemoveReferralForm,
        label="Remove referral points",
        icon="person_remove",
        permissions=["remove_referral"],
        title="Remove referral points",
        description="Removes the points that this entry's referral gave to both sides. The referral stays.",
        submit="Remove referral points",
    )
    def remove_referral(self, request: HttpRequest, form: RemoveReferralForm, object_id: str) -> HttpResponse:
        points = sum(line.points for line in form.outcome)
        form.add_message(f"{counted(points, 'point', 'points')} removed.")
        return go_to(change_url(form.object))

    def has_remove_referral_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, ALL_ROLES, obj)
