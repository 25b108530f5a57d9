"""Who sees and does what in the admin: everybody only what their teams own, by their role in each."""

from typing import Any, ClassVar

from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from contests.models import Membership, Team

OWNER, SUPPORT = Membership.Role.OWNER, Membership.Role.SUPPORT


def teams_of(request: HttpRequest, *roles: Membership.Role) -> QuerySet[Team]:
    """The teams in which the user has one of these roles; all of them for a superuser."""
    if request.user.is_superuser:
        return Team.objects.all()
    return Team.objects.filter(memberships__user=request.user.pk, memberships__role__in=roles)


class TeamAdmin(ModelAdmin):
    """An admin page whose objects belong to a team; ``team_path`` leads from the object to it.

    Rights come from memberships alone; Django's own permissions per model are not asked.
    """

    team_path: ClassVar[str] = "team"
    readers: ClassVar[tuple[Membership.Role, ...]] = (OWNER, SUPPORT)
    editors: ClassVar[tuple[Membership.Role, ...]] = (OWNER,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        teams = teams_of(request, *self.readers)
        found: QuerySet[Any] = super().get_queryset(request)
        return found.filter(**{f"{self.team_path}__in": teams})

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.readers, obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, self.editors, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._may(request, self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.related_model is Team:
            kwargs["queryset"] = teams_of(request, *self.editors)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _may(self, request: HttpRequest, roles: tuple[Membership.Role, ...], obj: Model | None = None) -> bool:
        if not (request.user.is_active and request.user.is_staff):
            return False
        if obj is None or obj.pk is None:
            return teams_of(request, *roles).exists()
        return (
            type(obj)
            ._default_manager.filter(**{"pk": obj.pk, f"{self.team_path}__in": teams_of(request, *roles)})
            .exists()
        )


class ReadOnly:
    """Objects that only the services write: no page changes, adds or deletes them."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
