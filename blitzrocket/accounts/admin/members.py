"""Admin of teams, members and users. Owners invite people; only superusers add and edit users."""

import secrets
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.accounts.admin.team_scoped import (
    OWNER,
    TeamScopedAdmin,
    cached_on_request,
    change_url,
    memberships_of,
    render_secret_once,
)
from blitzrocket.accounts.models import Membership, Team, User
from blitzrocket.accounts.services import revoke_void_invitations
from blitzrocket.accounts.services.password_mail import link_url
from blitzrocket.accounts.services.passwords import create_password_link, may_manage_login, password_changed
from blitzrocket.accounts.services.second_factor import reset
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import AuditedAdmin, audit_context
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.sorting import A_TO_Z, Sort
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.htmx import go_to
from blitzrocket.times import show_datetime

PASSWORD_BYTES = 12
LAST_SEEN = Coalesce("last_login", "date_joined")

admin.site.unregister(Group)  # rights come from memberships


class MemberForm(forms.ModelForm):
    username = forms.CharField(
        label="User name",
        max_length=150,
        validators=[User.username_validator],
        widget=UnfoldAdminTextInputWidget,
        help_text="A new user gets a login and a password, which is shown once.",
    )

    class Meta:
        model = Membership
        fields = ["team", "role"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        team, username = cleaned.get("team"), cleaned.get("username")
        if team and username and Membership.objects.filter(team=team, user__username=username).exists():
            raise ValidationError({"username": "This person is already in the team."})
        return cleaned


@admin.register(Membership)
class MembershipAdmin(TeamScopedAdmin):
    """Owners change the roles of others, never their own, so a team never loses its last owner by accident."""

    readers = editors = (OWNER,)
    list_display = ["user", "role", "two_step", "team", "created_at"]
    list_select_related = ["user__second_factor", "team"]
    list_filter = ["role"]
    row_layout = RowLayout(value="role", details=("two_step", "created_at"))
    sorts = (
        Sort("user", ("user_name", "id"), A_TO_Z, {"user_name": Lower("user__username")}, starts_descending=False),
        Sort("created_at", ("created_at", "id")),
    )
    search_fields = ["user__username", "user__email"]
    search_help_text = "User name or email"
    list_before_template = "admin/accounts/invite.html"
    actions_detail = ["create_password_link", "reset_second_factor"]

    def get_form(self, request: HttpRequest, obj: Membership | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **(kwargs if obj else kwargs | {"form": MemberForm}))

    def get_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        return ["user_name", "team_name", "role", "two_step_text"] if obj else ["username", "team", "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> list[str]:
        return ["user_name", "team_name", "two_step_text"] if obj else []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """For superusers only: adding by user name reveals whether that name exists. Owners send invitations."""
        return bool(request.user.is_superuser)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not self._is_own(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, self.editors, obj) and not self._is_own(request, obj)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        super().delete_model(request, obj)
        revoke_void_invitations(obj.user, audit=audit_context(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Membership]) -> None:
        others = queryset.exclude(user=request.user.pk)
        users = list(User.objects.filter(memberships__in=others).distinct())
        super().delete_queryset(request, others)
        for user in users:
            revoke_void_invitations(user, audit=audit_context(request))

    def save_model(self, request: HttpRequest, obj: Membership, form: Any, change: bool) -> None:
        if not change:
            obj.user, request.first_password = _get_or_create_user(form.cleaned_data["username"])  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)
        revoke_void_invitations(obj.user, audit=audit_context(request))

    def response_add(self, request: HttpRequest, obj: Membership, post_url_continue: str | None = None) -> HttpResponse:
        password = request.first_password  # type: ignore[attr-defined]
        if not password:
            messages.success(request, "Added to the team. This person signs in with their existing login.")
            return redirect("admin:accounts_membership_changelist")
        explanation = "The first password of “%(name)s” is shown only once. Copy it and pass it on."
        return render_secret_once(
            self,
            request,
            title="Copy the first password",
            explanation=explanation % {"name": obj.user},
            label="Password",
            secret=password,
        )

    @admin.display(description="user")
    def user_name(self, membership: Membership) -> str:
        return str(membership.user)  # no link: owners do not open users

    @admin.display(description="two-step")
    def two_step(self, membership: Membership) -> str:
        """Whether it is on; marked where the team requires it and the member hasn't set it up yet."""
        if hasattr(membership.user, "second_factor"):
            return "Two-step on"
        is_required = membership.team.require_second_factor
        return badge("warning", "Two-step not set up") if is_required else quiet("Two-step off")

    @admin.display(description="two-step verification")
    def two_step_text(self, membership: Membership) -> str:
        return "On" if hasattr(membership.user, "second_factor") else "Off"

    @action(description="Create password link", icon="key", permissions=["manage_login"])
    def create_password_link(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask first; then show the link once."""
        user = self._manageable_user(request, object_id)
        if request.method != "POST":
            return self._confirm_link(request, user)
        link, token = create_password_link(user, audit=audit_context(request))
        explanation = (
            "Send this link to %(name)s, who chooses a new password with it. It is shown only once, and works once, "
            "until %(until)s."
        )
        return render_secret_once(
            self,
            request,
            title="Copy the password link",
            explanation=explanation % {"name": user, "until": show_datetime(link.expires_at)},
            label="Link",
            secret=link_url(request.build_absolute_uri("/").rstrip("/"), token),
        )

    def _confirm_link(self, request: HttpRequest, user: User) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": "Create password link",
            "opts": self.opts,
            "member": user,
        }
        return TemplateResponse(request, "admin/accounts/password_link.html", context)

    @action(
        description="Reset two-step verification",
        icon="phonelink_erase",
        permissions=["reset_second_factor"],
        variant=ActionVariant.DANGER,
        dialog=danger_dialog(
            "Reset two-step verification?",
            "For someone who lost their phone and recovery codes. Their sessions end, and the password alone is enough "
            "until they set it up again. Make sure that it is they who ask.",
            "Reset two-step verification",
        ),
    )
    def reset_second_factor(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        user = self._manageable_user(request, object_id)
        if reset(user, audit=audit_context(request)):
            messages.success(request, f"Two-step verification of {user} is reset. Their sessions have ended.")
        else:
            messages.info(request, "Already done: two-step verification is off.")
        return go_to(change_url(self.get_visible_or_404(request, object_id)))

    def has_manage_login_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether all of the member's teams are the owner's: whoever resets a login can sign in with it."""
        if not self.has_role(request, self.editors, obj):
            return False
        membership = self._stored(request, obj)
        if membership is None:
            return False
        question = ("manage login", membership.user_id)
        return cached_on_request(
            request, question, lambda: may_manage_login(cast("User", request.user), membership.user)
        )

    def has_reset_second_factor_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        membership = self._stored(request, obj)
        if membership is None or not hasattr(membership.user, "second_factor"):
            return False
        return self.has_manage_login_permission(request, obj)

    def _manageable_user(self, request: HttpRequest, object_id: str) -> User:
        """The user of a member whose login the owner may manage.

        Raises:
            PermissionDenied: the owner may not.
        """
        membership = self.get_visible_or_404(request, object_id)
        if not may_manage_login(cast("User", request.user), membership.user):
            raise PermissionDenied
        return cast("User", membership.user)

    def _is_own(self, request: HttpRequest, obj: Any) -> bool:
        if request.user.is_superuser or obj is None:
            return False
        return object_pk(obj) in {membership.pk for membership in memberships_of(request)}

    def _stored(self, request: HttpRequest, obj: Any) -> Membership | None:
        """The membership with this id as it is stored, with the user; read once, for the rights of every action."""
        key = object_pk(obj)
        rows = Membership.objects.filter(pk=key or "").select_related("user__second_factor")
        return cached_on_request(request, ("stored membership", key), rows.first)


def _get_or_create_user(username: str) -> tuple[User, str]:
    """The user with that name, and the first password where the user is new (else empty)."""
    user = User.objects.filter(username=username).first()
    if user is not None:
        return user, ""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    user = User.objects.create_user(username, password=password, is_staff=True, must_change_password=True)
    return user, password


class SuperuserAdmin(AuditedAdmin):
    """Admin pages over all teams, for superusers."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.is_superuser


@admin.register(Team)
class TeamAdmin(TeamScopedAdmin):
    """A team's settings, for its owners. Only superusers create and rename teams."""

    team_path = "pk"
    readers = editors = (OWNER,)
    list_display = ["name", "time_zone", "created_at"]
    search_fields = ["name"]
    search_help_text = "Name"
    row_layout = RowLayout(value="time_zone", details=("created_at",))
    sorts = (
        Sort("name", ("lower_name", "id"), A_TO_Z, {"lower_name": Lower("name")}, starts_descending=False),
        Sort("created_at", ("created_at", "id")),
    )
    fields = ["name", "time_zone", "require_second_factor"]

    def get_readonly_fields(self, request: HttpRequest, obj: Team | None = None) -> list[str]:
        return [] if request.user.is_superuser else ["name"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """For the owner of one team, its page instead of a list of one."""
        if not request.user.is_superuser and self.has_view_permission(request):
            teams = list(self.get_queryset(request)[:2])
            if len(teams) == 1:
                return redirect(change_url(teams[0]))
        return super().changelist_view(request, extra_context)

    def audit_owner(self, obj: Team) -> dict[str, Any]:
        return {"team": obj}


@admin.register(User)
class UserAdmin(DjangoUserAdmin, SuperuserAdmin):  # type: ignore[misc]  # ours come before Django's own
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "email", "marks", "last_login"]
    search_help_text = "User name, name or email"
    row_layout = RowLayout(value="marks", details=("email", "last_login"))
    sorts = (
        Sort("username", ("username", "id"), A_TO_Z, starts_descending=False),
        Sort("last_login", ("seen", "id"), ("Earliest sign-in first", "Latest sign-in first"), {"seen": LAST_SEEN}),
    )
    list_filter = ["is_active", "is_superuser"]
    filter_horizontal = []
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Profile", {"fields": [("first_name", "last_name"), "email"]}),
        ("Permissions", {"fields": [("is_active", "is_staff", "is_superuser"), "must_change_password"]}),
        ("Dates", {"fields": [("last_login", "date_joined")]}),
    ]
    readonly_fields = ["last_login", "date_joined"]

    @admin.display(description="status")
    def marks(self, user: User) -> str:
        """What is unusual about the user."""
        if not user.is_active:
            return badge("warning", "Inactive")
        return badge("info", "Superuser") if user.is_superuser else ""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if not change:
            obj.must_change_password = True
        super().save_model(request, obj, form, change)
        revoke_void_invitations(obj, audit=audit_context(request))

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:  # noqa: A002
        """Django's page; a password that someone else set has to be changed at the next sign-in."""
        before = User.objects.filter(pk=id).values_list("password", flat=True).first()
        response: HttpResponse = super().user_change_password(request, id, form_url)
        user = User.objects.filter(pk=id).first()
        if user is not None and user.password != before:
            is_own = user.pk == request.user.pk
            session_key = request.session.session_key if is_own else None
            audit = audit_context(request)
            password_changed(user, audit=audit, session_key=session_key, must_change=not is_own)
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # audit events refer to users; a login is closed by making it inactive
