"""Rights to what belongs to a contest: users see the contests of their teams."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, TeamScopedAdmin, WholeRowForm, cached_on_request, teams_of
from blitzrocket.accounts.models import Membership
from contests.models import Contest


def contests_of(request: HttpRequest, *roles: Membership.Role) -> QuerySet[Contest]:
    """The contests of the teams in which the user has one of these roles."""
    return Contest.objects.filter(team__in=teams_of(request, *roles))


class ContestRowForm(WholeRowForm):
    """The form of an object that belongs to a contest."""

    shown_only = frozenset({"contest", "email_key", "phone_key"})


class ContestScopedAdmin(TeamScopedAdmin):
    """Admin of objects that belong to a contest."""

    contest_path: ClassVar[str] = "contest"
    form = ContestRowForm

    def scope(self, request: HttpRequest, roles: Iterable[Membership.Role]) -> dict[str, Any]:
        """The filter for objects of the user's contests, whose ids are looked up first, as those of teams are."""
        roles = tuple(roles)
        contests = contests_of(request, *roles).values_list("pk", flat=True)
        return {f"{self.contest_path}__in": cached_on_request(request, ("contests", roles), lambda: list(contests))}

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the user's own contests."""
        if db_field.related_model is Contest:
            kwargs["queryset"] = contests_of(request, *self.editors)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ContestFilter(admin.SimpleListFilter):
    """A filter by one of the user's contests; Django's own would offer those of other teams."""

    title = "contest"
    parameter_name = "contest"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(contest.pk, contest.title) for contest in contests_of(request, *ALL_ROLES).order_by("title")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(contest_id=self.value()) if self.value() else queryset
