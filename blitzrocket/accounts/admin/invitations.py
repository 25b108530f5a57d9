"""Admin of invitations into a team, for its owners: create with a link that is shown once, list, revoke."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.accounts.admin.team_scoped import OWNER, TeamScopedAdmin, add_url, change_url, render_secret_once
from blitzrocket.accounts.models import Invitation
from blitzrocket.accounts.services import create_invitation, revoke_invitation
from blitzrocket.adminsite.action_forms import danger_dialog
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.adminsite.lists.cells import RowLayout, badge, quiet
from blitzrocket.adminsite.lists.empty import EmptyList
from blitzrocket.adminsite.lists.sorting import A_TO_Z, Sort
from blitzrocket.adminsite.object_ids import object_pk
from blitzrocket.emails import Email, InvalidEmail
from blitzrocket.htmx import go_to
from blitzrocket.times import show_datetime

State = Invitation.State


class InvitationForm(forms.ModelForm):
    email = forms.CharField(
        label="Email",
        max_length=300,
        widget=UnfoldAdminTextInputWidget(attrs={"type": "email"}),
        help_text=Invitation._meta.get_field("email").help_text,
    )

    class Meta:
        model = Invitation
        fields = ["email", "team", "role"]

    def clean_email(self) -> str:
        try:
            self.instance.set_email(Email.parse(self.cleaned_data["email"]))
        except InvalidEmail as error:
            raise ValidationError(str(error)) from error
        return str(self.instance.email)

    def validate_constraints(self) -> None:
        """Left to the service, which revokes a pending invitation of the same address."""


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(state.value, state.label) for state in State]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> QuerySet[Invitation]:
        now = timezone.now()
        pending = {"accepted_at": None, "revoked_at": None}
        conditions: dict[str, dict[str, Any]] = {
            State.OPEN: pending | {"expires_at__gt": now},
            State.EXPIRED: pending | {"expires_at__lte": now},
            State.ACCEPTED: {"accepted_at__isnull": False},
            State.REVOKED: {"revoked_at__isnull": False},
        }
        return queryset.filter(**conditions.get(self.value() or "", {}))


@admin.register(Invitation)
class InvitationAdmin(TeamScopedAdmin):
    readers = editors = (OWNER,)
    list_display = ["email", "role", "state_label", "invited_by", "expires_at", "team"]
    list_select_related = ["team", "created_by"]
    list_filter = [StateFilter]
    search_fields = ["email"]
    search_help_text = "Email"
    add_label = "Invite a team member"
    row_layout = RowLayout(value="state_label", details=("role", "expires_at"), wide=("invited_by",))
    sorts = (
        Sort("created_at", ("created_at", "id")),
        Sort("email", ("email_key", "id"), A_TO_Z, starts_descending=False),
        Sort("expires_at", ("expires_at", "id"), ("Expires first", "Expires last"), starts_descending=False),
    )
    actions_detail = ["revoke"]

    def get_form(self, request: HttpRequest, obj: Invitation | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **(kwargs if obj else kwargs | {"form": InvitationForm}))

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        if obj is None:
            return ["email", "team", "role"]
        return [
            ("email", "role"),
            ("team_name", "status_text"),
            ("invited_by", "created_at"),
            ("expires_at", "revoked_at"),
            ("accepted_by_name", "accepted_at"),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> list[str]:
        return ["team_name", "status_text", "invited_by", "accepted_by_name"] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        email = Email.parse(obj.email)
        invitation_and_token = create_invitation(obj.team, email, obj.role, audit=audit_context(request))
        request.invitation_and_token = invitation_and_token  # type: ignore[attr-defined]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """Left to the service, which records the audit event."""

    def response_add(self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None) -> HttpResponse:
        invitation, token = request.invitation_and_token  # type: ignore[attr-defined]
        explanation = (
            "Send this link to %(email)s. It is shown only once, and works once, until %(until)s. If you lose it, "
            "invite the person again."
        )
        return render_secret_once(
            self,
            request,
            title="Copy the invitation link",
            explanation=explanation % {"email": invitation.email, "until": show_datetime(invitation.expires_at)},
            label="Link",
            secret=link_of(request, token),
        )

    def empty_list(self, request: HttpRequest) -> EmptyList:
        text = "Send someone an invitation link, and they can join your team."
        return EmptyList("No invitations yet", text, ("Invite a team member", add_url(Invitation)))

    @admin.display(description="state")
    def state_label(self, invitation: Invitation) -> str:
        """Its state, marked where the link stopped working unused."""
        text = str(invitation.state.label)
        return {State.EXPIRED: badge("warning", text), State.OPEN: text}.get(invitation.state, quiet(text))

    @admin.display(description="state")
    def status_text(self, invitation: Invitation) -> str:
        return str(invitation.state.label)

    @admin.display(description="invited by")
    def invited_by(self, invitation: Invitation) -> str:
        return str(invitation.created_by)  # no link: owners do not open users

    @admin.display(description="accepted by")
    def accepted_by_name(self, invitation: Invitation) -> str:
        return str(invitation.accepted_by or "–")

    @action(
        description="Revoke invitation",
        icon="block",
        permissions=["revoke"],
        variant=ActionVariant.DANGER,
        dialog=danger_dialog(
            "Revoke this invitation?",
            "Its link stops working now. You can invite the person again.",
            "Revoke invitation",
        ),
    )
    def revoke(self, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
        invitation = self.get_visible_or_404(request, object_id)
        if revoke_invitation(invitation, audit=audit_context(request)):
            messages.success(request, "Invitation revoked.")
        else:
            messages.info(request, "Already done: this invitation was accepted or revoked before.")
        return go_to(change_url(invitation))

    def has_revoke_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if not self.has_role(request, self.editors, obj):
            return False
        key = object_pk(obj)
        return key is None or Invitation.objects.pending().filter(pk=key).exists()


def link_of(request: HttpRequest, token: str) -> str:
    """The absolute URL of an invitation."""
    return request.build_absolute_uri(reverse("invitation", query={"token": token}))
