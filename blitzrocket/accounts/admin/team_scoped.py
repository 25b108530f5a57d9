"""Who sees and does what in the admin: everybody only what their teams own, by their role in each."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import ForeignKey, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from blitzrocket.accounts.models import Membership, Team
from blitzrocket.adminsite.audited import AuditedAdmin
from blitzrocket.adminsite.datetime_fields import LocalDateTimeField, UnchangedDatetimesMixin
from blitzrocket.adminsite.object_ids import object_pk

Answer = TypeVar("Answer")
OWNER, SUPPORT = Membership.Role.OWNER, Membership.Role.SUPPORT
EVERYBODY = (OWNER, SUPPORT)


def once(request: HttpRequest, question: Any, ask: Callable[[], Answer]) -> Answer:
    """The answer to a question about rights, asked for once a request."""
    known: dict[Any, Any] | None = getattr(request, "known_rights", None)
    if known is None:
        known = request.known_rights = {}  # type: ignore[attr-defined]
    if question not in known:
        known[question] = ask()
    return cast("Answer", known[question])


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The user's parts in teams."""
    return once(request, "memberships", lambda: list(Membership.objects.filter(user=request.user.pk)))


def teams_of(request: HttpRequest, *roles: Membership.Role) -> QuerySet[Team]:
    """The teams in which the user has one of these roles; all of them for a superuser."""
    if request.user.is_superuser:
        return Team.objects.all()
    return Team.objects.filter(pk__in=[part.team_id for part in memberships_of(request) if part.role in roles])


def has_role(request: HttpRequest, *roles: Membership.Role) -> bool:
    """Whether the user has one of these roles in some team."""
    if not (request.user.is_active and request.user.is_staff):
        return False
    return request.user.is_superuser or any(part.role in roles for part in memberships_of(request))


def change_url(obj: Model) -> str:
    """The address of an object's page."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[quote(obj.pk)])


class WholeRowForm(UnchangedDatetimesMixin, forms.ModelForm):
    """A form that tells of constraints over fields which it shows but does not edit; Django's leaves those out."""

    shown_only: ClassVar[frozenset[str]] = frozenset()  # besides the team

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's own, untyped
        return excluded - {"team"} - self.shown_only


class TeamScopedAdmin(AuditedAdmin):
    """An admin page whose objects belong to a team; ``team_path`` leads from the object to it.

    Rights come from memberships alone; Django's own permissions per model are not asked.
    """

    team_path: ClassVar[str] = "team"
    readers: ClassVar[tuple[Membership.Role, ...]] = EVERYBODY
    editors: ClassVar[tuple[Membership.Role, ...]] = (OWNER,)
    form = WholeRowForm
    formfield_overrides: ClassVar[Any] = {
        models.DateTimeField: {"form_class": LocalDateTimeField, "widget": UnfoldAdminSplitDateTimeWidget}
    }
    change_form_before_template = "admin/time_zone_field.html"
    list_fullwidth = True
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found if request.user.is_superuser else found.filter(**self.scope(request, self.readers))

    def scope(self, request: HttpRequest, roles: Iterable[Membership.Role]) -> dict[str, Any]:
        """The filter for what belongs to the user's teams.

        Teams are few and their ids are looked up first, so that the database knows how many rows each has.
        """
        roles = tuple(roles)
        teams = teams_of(request, *roles).order_by().values_list("pk", flat=True)
        return {f"{self.team_path}__in": once(request, ("teams", roles), lambda: list(teams))}

    def get_visible_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """The object, for a page of its own.

        Raises:
            Http404: there is none that the user may see.
        """
        found = self.object_at(request, object_id)
        if found is None:
            raise Http404
        return found

    def get_for_roles(self, request: HttpRequest, object_id: str, roles: tuple[Membership.Role, ...]) -> Any:
        """The object, for an act that only these roles do.

        Raises:
            Http404: there is none that the user may see.
            PermissionDenied: they see it and have none of these roles in its team.
        """
        found = self.get_visible_or_404(request, object_id)
        if not self.has_role(request, roles, found):
            raise PermissionDenied
        return found

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write what the form changed and nothing else.

        Race: between the reading and the saving of a page, purchases earn points, somebody publishes rules or revokes
        a key. A whole row written back would undo that.
        """
        if not change:
            super().save_model(request, obj, form, change)
        elif changed := self.changed_fields(form):
            obj.save(update_fields=changed)

    def changed_fields(self, form: Any) -> list[str]:
        """The columns that a form writes."""
        return list(form.changed_data)

    @admin.display(description="team")
    def team_name(self, obj: Any) -> str:
        """Without the link that Django would make: a team's own page is for superusers."""
        return str(obj.team)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.readers, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_role(self, request: HttpRequest, roles: tuple[Membership.Role, ...], obj: Any = None) -> bool:
        """Whether the user has one of these roles: in the object's team, or in any where no object is meant.

        Unfold's actions pass an object's id, as it stands in the address, where Django passes the object.
        """
        if not has_role(request, *roles):
            return False
        key = object_pk(obj)
        if key is None or request.user.is_superuser:
            return True
        own = self.model._default_manager.filter(pk=key, **self.scope(request, roles))
        return bool(once(request, (self.model, key, roles), own.exists))

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Only one's own teams are there to choose from."""
        if db_field.related_model is Team:
            kwargs["queryset"] = teams_of(request, *self.editors)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.related_model is Team and kwargs["queryset"].count() == 1:
            field.initial = kwargs["queryset"].get().pk
        return field


def render_secret_once(
    page: ModelAdmin, request: HttpRequest, *, title: Any, explanation: Any, label: Any, secret: str
) -> HttpResponse:
    """The one page that shows a secret: it is in no address, message, session or cache."""
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.opts,
        "explanation": explanation,
        "label": label,
        "secret": secret,
        "next_url": reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"),
    }
    answer = TemplateResponse(request, "admin/secret_once.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


class ReadOnlyMixin:
    """Objects that only the services write: no page changes, adds or deletes them."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
