"""A contest with its purchase settings and point rules."""

from typing import Any, cast

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import StackedInline

from contests.admin.scope import TeamAdmin
from contests.models import Contest, PointRule, User
from contests.services import publish_rules
from contests.wording import sentence_of


class PointRuleInline(StackedInline):
    model = PointRule
    extra = 0
    fields = [
        "sentence",
        ("points_per_unit", "fixed_points", "currency"),
        ("amount_from", "amount_to"),
        ("valid_from", "valid_until"),
        ("first_purchase_only", "is_active"),
    ]
    readonly_fields = ["sentence"]

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True  # whoever sees the contest sees its rules

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owns(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owns(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._owns(request, obj)

    @admin.display(description=_("In words"))
    def sentence(self, rule: PointRule) -> str:
        return sentence_of(rule.as_rule()) if rule.pk else "–"

    def _owns(self, request: HttpRequest, contest: Any) -> bool:
        page = self.admin_site.get_model_admin(Contest)
        if contest is None:
            return bool(page.has_add_permission(request))
        return bool(page.has_change_permission(request, contest))


@admin.register(Contest)
class ContestPage(TeamAdmin):
    list_display = ["title", "team", "status", "starts_at", "ends_at"]
    list_filter = ["status"]
    search_fields = ["title", "id"]
    prepopulated_fields = {"slug": ["title"]}
    inlines = [PointRuleInline]
    fieldsets = [
        (None, {"fields": ["title", "description", "team", ("id", "slug"), ("mode", "status")]}),
        (_("When it runs"), {"fields": [("starts_at", "ends_at"), "is_evergreen"]}),
        (
            _("Points for purchases"),
            {"fields": ["tracking_enabled", "rounding", ("cap_per_purchase", "cap_per_entry")]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Contest | None = None) -> list[str]:
        return ["id", "team"] if obj else []

    def get_prepopulated_fields(self, request: HttpRequest, obj: Contest | None = None) -> dict[str, Any]:
        return {} if obj else dict(self.prepopulated_fields)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """What was saved is what judges from now on; a new contest starts with one point per 1.00."""
        super().save_related(request, form, formsets, change)
        contest = form.instance
        if not change and not contest.rules.exists():
            PointRule.objects.create(contest=contest)
        before = contest.rule_set_id
        published = publish_rules(contest, by=cast("User", request.user))
        if published.pk != before:
            messages.info(request, _("%(rules)s are in force from now on.") % {"rules": published})
