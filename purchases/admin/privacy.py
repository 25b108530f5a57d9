"""Export and erasure of a person's data, on the pages of their entry and of their orders without an entry."""

import time
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.http import content_disposition_header
from unfold.widgets import UnfoldBooleanSwitchWidget

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES, OWNER, TeamScopedAdmin, change_url
from blitzrocket.accounts.services.logins import StillMember
from blitzrocket.adminsite.action_forms import ActionForm, action_dialog
from blitzrocket.adminsite.audited import audit_context
from blitzrocket.audit.context import AuditContext
from blitzrocket.htmx import go_to
from blitzrocket.jobs.models import Job
from blitzrocket.jobs.queue import ContestBusy
from blitzrocket.numbers import show_number
from blitzrocket.strict_json import write
from contests.models import Entry
from purchases.models import RejectedPurchase
from purchases.privacy.erasing import PersonNamed
from purchases.privacy.export import export_person, record_export
from purchases.privacy.jobs import AlreadyErased, person_of_row, start_erasing
from purchases.privacy.records import indexed_records

EXPORT_SECONDS = 20.0
TOO_LARGE = "There is too much to search for one page. Ask your administrator to run manage.py export_person."


class TooLong(Exception):
    """Searching takes longer than a page may."""


class ErasePersonForm(ActionForm):
    """Asks for a reason and a confirmation; shows how much is known of the person."""

    form_before_template = "admin/purchases/erase_preview.html"
    exception_messages: ClassVar[dict[type[Exception], Any]] = {
        AlreadyErased: None,
        PersonNamed: None,
        StillMember: None,
        ContestBusy: "The contest is being imported into or recalculated. Wait for the end, and try again.",
    }
    confirmed = forms.BooleanField(label="Erase it for good: this can't be undone", widget=UnfoldBooleanSwitchWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # As above for refunds: the base class has bound the field.
        self["reason"].help_text = "Saved permanently. Don't name the participant."

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Job:
        return start_erasing(self.object, audit=audit)

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        """How many rows of each kind are erased, as far as indexes find them."""
        problem = " ".join(map(str, self.non_field_errors())) if self.is_bound else ""
        person = person_of_row(self.object)
        counts = indexed_records(person).counts()
        return {
            "problem": problem,
            "counts": [(kind, show_number(count)) for kind, count in counts.items() if count],
            "contests": [entry.contest for entry in person.entries],
        }


class EraseEntryForm(ErasePersonForm):
    model = Entry


class EraseRejectedForm(ErasePersonForm):
    model = RejectedPurchase


def erase_dialog(form_class: type[ErasePersonForm]) -> Any:
    """The action behind the dialog."""
    return action_dialog(
        form_class,
        label="Erase data",
        icon="person_off",
        permissions=["erase"],
        title="Erase personal data",
        description="Of this participant, in all contests of your team. Points and orders stay, without a name.",
        submit="Erase personal data",
        variant="danger",
    )


class ErasingMixin(TeamScopedAdmin):
    """Lets owners erase what is stored of a person."""

    def has_erase_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_role(request, (OWNER,), obj)

    def erasing_started(self, form: ErasePersonForm) -> HttpResponse:
        form.add_message("The personal data is being erased in the background.")
        return go_to(change_url(form.object))


class PersonalDataMixin(ErasingMixin):
    """Lets the team export what is stored of a person too."""

    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_personal_data"
        view = self.admin_site.admin_view(self.personal_data)
        return [path("<str:object_id>/personal-data.json", view, name=name), *super().get_urls()]

    def personal_data_url(self, obj: Any) -> str:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_personal_data"
        return reverse(name, args=[obj.pk])

    def personal_data(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """All that is stored of the person, as a JSON file."""
        obj = self.get_for_roles(request, object_id, ALL_ROLES)
        person = person_of_row(obj)
        try:
            values = export_person(person, _until(time.monotonic() + EXPORT_SECONDS))
        except (TooLong, OperationalError):
            messages.error(request, TOO_LARGE)
            return HttpResponseRedirect(change_url(obj))
        record_export(person, values, audit_context(request))
        response = HttpResponse(write(values), content_type="application/json")
        response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename="personal-data.json")
        response["Cache-Control"] = "no-store"
        return response


def _until(deadline: float) -> Any:
    def check(_table: str) -> None:
        if time.monotonic() > deadline:
            raise TooLong

    return check
