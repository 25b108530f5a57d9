"""Rights to what belongs to a contest: users see the contests of their teams."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.http import HttpRequest

from blitzrocket.accounts.admin.team_scoped import (
    ALL_ROLES,
    TeamScopedAdmin,
    WholeRowForm,
    cached_on_request,
    team_ids_of,
)
from blitzrocket.accounts.models import Membership
from blitzrocket.adminsite.lists.list_admin import MAX_OWNERS
from contests.models import Contest


def contests_of(request: HttpRequest, *roles: Membership.Role) -> QuerySet[Contest]:
    """The contests of the teams in which the user has one of these roles."""
    if request.user.is_superuser:
        return Contest.objects.all()
    return Contest.objects.filter(team__in=team_ids_of(request, *roles))


def contest_ids_of(request: HttpRequest, *roles: Membership.Role) -> list[str]:
    """The ids of these contests; one statement a page, whatever the roles."""
    contests = _contests_by_title(request)
    if request.user.is_superuser:
        return [contest.pk for contest in contests]
    teams = set(team_ids_of(request, *roles))
    return [contest.pk for contest in contests if contest.team_id in teams]


def _contests_by_title(request: HttpRequest) -> list[Any]:
    """Id, team and title of the contests that the user sees, for rights and for filters."""
    contests = contests_of(request, *ALL_ROLES).order_by("title")
    return cached_on_request(
        request, "contests", lambda: list(contests.values_list("pk", "team_id", "title", named=True))
    )


class ContestRowForm(WholeRowForm):
    """The form of an object that belongs to a contest."""

    shown_only = frozenset({"contest", "email_key", "phone_key", "erased_at"})


class ContestScopedAdmin(TeamScopedAdmin):
    """Admin of objects that belong to a contest."""

    contest_path: ClassVar[str] = "contest"
    list_owner = "contest"
    form = ContestRowForm

    def scope(self, request: HttpRequest, roles: Iterable[Membership.Role]) -> dict[str, Any]:
        """The filter for objects of the user's contests, whose ids are looked up first, as those of teams are."""
        return {f"{self.contest_path}__in": contest_ids_of(request, *roles)}

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Without the contest where the list is of one."""
        columns = super().get_list_display(request)
        is_of_one = self.owner_ids(request) is not None and len(self.owner_ids(request) or []) <= 1
        return [name for name in columns if name != "contest" or not is_of_one]

    def owner_ids(self, request: HttpRequest) -> list[str] | None:
        if chosen := request.GET.get(ContestFilter.parameter_name):
            return [chosen]
        ids = None if request.user.is_superuser else contest_ids_of(request, *self.readers)
        return ids if ids is not None and len(ids) <= MAX_OWNERS else None

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
        return [(contest.pk, contest.title) for contest in _contests_by_title(request)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(contest_id=self.value()) if self.value() else queryset
