"""Rights in the admin: users see and change what their teams own, by their role in each team."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSplitDateTimeWidget

from blitzrocket.accounts.models import Membership, Team
from blitzrocket.adminsite.audited import AuditedAdmin
from blitzrocket.adminsite.datetime_fields import LocalDateTimeField, UnchangedDatetimesMixin
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.adminsite.time_zone_field import TimeZoneFormField
from blitzrocket.model_fields import TimeZoneField

Answer = TypeVar("Answer")
OWNER, SUPPORT = Membership.Role.OWNER, Membership.Role.SUPPORT
ALL_ROLES = (OWNER, SUPPORT)


def cached_on_request(request: HttpRequest, question: Any, compute: Callable[[], Answer]) -> Answer:
    """The result of a query about rights, run once per request."""
    answers: dict[Any, Any] | None = getattr(request, "role_checks", None)
    if answers is None:
        answers = request.role_checks = {}  # type: ignore[attr-defined]
    if question not in answers:
        answers[question] = compute()
    return cast("Answer", answers[question])


def memberships_of(request: HttpRequest) -> list[Membership]:
    """The user's memberships."""
    return request.user.roles if request.user.is_authenticated else []


def teams_of(request: HttpRequest, *roles: Membership.Role) -> QuerySet[Team]:
    """The teams in which the user has one of these roles; all of them for a superuser."""
    return Team.objects.all() if request.user.is_superuser else Team.objects.filter(pk__in=team_ids_of(request, *roles))


def team_ids_of(request: HttpRequest, *roles: Membership.Role) -> list[str]:
    """The ids of these teams; a member's are known from the memberships."""
    if request.user.is_superuser:
        return cached_on_request(request, "team ids", lambda: list(Team.objects.values_list("pk", flat=True)))
    return [membership.team_id for membership in memberships_of(request) if membership.role in roles]


def has_role(request: HttpRequest, *roles: Membership.Role) -> bool:
    """Whether the user has one of these roles in some team."""
    if not (request.user.is_active and request.user.is_staff):
        return False
    return request.user.is_superuser or any(membership.role in roles for membership in memberships_of(request))


def list_url(model: type[Model], **filters: str) -> str:
    """The URL of the list of a model's objects, with these filters."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", query=filters or None)


def add_url(model: type[Model]) -> str:
    """The URL of the form that adds an object."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_add")


def change_url(obj: Model) -> str:
    """The URL of an object's admin page."""
    return reverse(f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change", args=[quote(obj.pk)])


class WholeRowForm(UnchangedDatetimesMixin, forms.ModelForm):
    """A form that also validates constraints over fields it shows but does not edit, which Django's leaves out."""

    shown_only: ClassVar[frozenset[str]] = frozenset()  # besides the team

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # Django's own, untyped
        return excluded - {"team"} - self.shown_only


class TeamScopedAdmin(AuditedAdmin):
    """Admin of objects that belong to a team; ``team_path`` is the lookup from the object to it.

    Rights come from memberships alone; Django's own permissions per model are not used.
    """

    team_path: ClassVar[str] = "team"
    readers: ClassVar[tuple[Membership.Role, ...]] = ALL_ROLES
    editors: ClassVar[tuple[Membership.Role, ...]] = (OWNER,)
    form = WholeRowForm
    formfield_overrides: ClassVar[Any] = {
        models.DateTimeField: {"form_class": LocalDateTimeField, "widget": UnfoldAdminSplitDateTimeWidget},
        TimeZoneField: {"form_class": TimeZoneFormField},
    }
    change_form_before_template = "admin/time_zone_field.html"
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset if request.user.is_superuser else queryset.filter(**self.scope(request, self.readers))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The object; as loaded, it says whose it is, so that asking for rights to it reads nothing more."""
        obj = super().get_object(request, object_id, from_field)
        if obj is not None and not request.user.is_superuser:
            path, owners = self._owners(request, ALL_ROLES)
            owner = obj.serializable_value(path)
            cached_on_request(request, (self.model, obj.pk), lambda: owner if owner in owners else None)
        return obj

    def get_list_display(self, request: HttpRequest) -> list[str]:
        """Without the team for members of one."""
        has_one_team = not request.user.is_superuser and len(memberships_of(request)) <= 1
        columns: list[str] = super().get_list_display(request)
        return [name for name in columns if name != "team" or not has_one_team]

    def scope(self, request: HttpRequest, roles: Iterable[Membership.Role]) -> dict[str, Any]:
        """The filter for objects of the user's teams.

        The few team ids are looked up first: with constants, PostgreSQL's planner knows how many rows each team has.
        """
        return {f"{self.team_path}__in": team_ids_of(request, *roles)}

    def get_for_roles(self, request: HttpRequest, object_id: str, roles: tuple[Membership.Role, ...]) -> Any:
        """The object that a URL names, for an action of these roles.

        Raises:
            Http404: there is none that the user may see.
            PermissionDenied: the user sees it but has none of these roles in its team.
        """
        obj = self.get_visible_or_404(request, object_id)
        if not self.has_role(request, roles, obj):
            raise PermissionDenied
        return obj

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write only the columns that the form changed.

        Race: between loading and saving a page, purchases earn points, rules are published or a key is revoked. Writing
        the whole row back would undo that.
        """
        if not change:
            super().save_model(request, obj, form, change)
        elif columns := self.changed_fields(form):
            obj.save(update_fields=columns)

    def changed_fields(self, form: Any) -> list[str]:
        """The columns that a form writes."""
        return list(form.changed_data)

    @admin.display(description="team")
    def team_name(self, obj: Any) -> str:
        """The team without Django's link: a team's page is for superusers."""
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
        """Whether the user has one of these roles in the object's team; without an object, in any team.

        ``obj`` may be an id as it stands in a URL: Unfold's actions pass that where Django passes the object.
        """
        if not has_role(request, *roles):
            return False
        key = object_pk(obj)
        if key is None or request.user.is_superuser:
            return True

        return self._owner_of(request, key) in self._owners(request, roles)[1]

    def _owner_of(self, request: HttpRequest, key: str) -> str | None:
        """The team, or the contest, of the object with this key; None where the user has no role there.

        A page asks for rights up to a hundred times, for two or three choices of roles: one statement answers all.
        """
        path, owners = self._owners(request, ALL_ROLES)

        def read() -> str | None:
            rows = self.model._default_manager.filter(pk=key, **{f"{path}__in": owners}).order_by()
            return cast("str | None", rows.values_list(path, flat=True).first())

        return cached_on_request(request, (self.model, key), read)

    def _owners(self, request: HttpRequest, roles: Iterable[Membership.Role]) -> tuple[str, list[str]]:
        """`scope` as the lookup and the ids."""
        ((lookup, ids),) = self.scope(request, roles).items()
        return lookup.removesuffix("__in"), ids

    def formfield_for_foreignkey(self, db_field: "ForeignKey[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Offer only the user's own teams."""
        if db_field.related_model is Team:
            kwargs["queryset"] = teams_of(request, *self.editors)
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.related_model is Team and kwargs["queryset"].count() == 1:
            field.initial = kwargs["queryset"].get().pk
        return field


def render_secret_once(
    page: ModelAdmin, request: HttpRequest, *, title: Any, explanation: Any, label: Any, secret: str
) -> HttpResponse:
    """The page that shows a secret once; the secret is in no URL, message, session or cache."""
    context = {
        **page.admin_site.each_context(request),
        "title": title,
        "opts": page.opts,
        "explanation": explanation,
        "label": label,
        "secret": secret,
        "next_url": reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"),
    }
    response = TemplateResponse(request, "admin/secret_once.html", context)
    response["Cache-Control"] = "no-store"
    return response


class ReadOnlyMixin:
    """For objects that only services write: nobody can add, change or delete them in the admin."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
