"""Dialogs for actions: each previews its effect, asks for a reason and runs once."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import cached_property
from unfold.dataclasses import ActionDialog
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.adminsite.audited import FORM_USED, audit_context
from blitzrocket.adminsite.datetime_fields import UnchangedDatetimesMixin
from blitzrocket.adminsite.object_ids import ObjectAddressMixin
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.ids import MAX_LENGTH, new_id
from blitzrocket.middleware.time_zone import FIELD
from blitzrocket.times import zone_key

NOT_SHOWN = ("reason", "request_id", FIELD, "_form_submitted")


class ReasonForm(forms.Form):
    """A reason, and an id by which the same page sent twice acts once."""

    reason = forms.CharField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="Shown on each affected order; visible to your team.",
    )
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)


class ActionForm(UnchangedDatetimesMixin, BaseDialogForm):
    """A dialog for one action on one object, which the subclass implements in `perform`."""

    model: ClassVar[Any]
    form_before_template: str | None = "admin/action_preview.html"
    reason = forms.CharField(
        label="Reason",
        max_length=MAX_REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text="Saved permanently; visible to your team.",
    )
    # The same dialog sent twice is one action.
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)
    # The time zone in which the dialog was shown, for the middleware.
    zone = forms.CharField(widget=forms.HiddenInput, initial=zone_key, required=False)
    preview_fields: ClassVar[tuple[str, ...]] = ()
    submit_text = ""  # of the button, where the values say more than the dialog
    exception_messages: ClassVar[dict[type[Exception], Any]] = {}  # None: the exception's own

    def __init__(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        page = cast("ObjectAddressMixin", admin.site.get_model_admin(self.model))
        self.object = page.get_visible_or_404(request, str(object_id))
        self.order_fields([name for name in self.fields if name not in NOT_SHOWN])
        for name in self.preview_fields:
            self._preview_on_change(name)
        next(iter(self.visible_fields())).field.widget.attrs["autofocus"] = True

    def _preview_on_change(self, name: str) -> None:
        """Ask the server for a preview while the user types; posted, so that no email ends up in a log."""
        self.fields[name].widget.attrs |= {
            "hx-post": self.request.path,
            "hx-trigger": "input changed delay:300ms, change",
            "hx-vals": '{"preview": "1"}',
            "hx-select": "#effect",
            "hx-target": "#effect",
            "hx-select-oob": "#dialog-submit",
            "hx-swap": "outerHTML",
        }

    @property
    def is_preview(self) -> bool:
        """Whether the form was posted only for a preview."""
        return "preview" in self.request.POST

    def is_valid(self) -> bool:
        return not self.is_preview and super().is_valid()

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        """Run the action with the form's cleaned values."""
        raise NotImplementedError

    def effects(self, values: dict[str, Any]) -> list[Any]:
        """The effects that the template shows for these values; nothing is changed."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        return super().clean() or {}

    @cached_property
    def audit(self) -> AuditContext:
        """Who acts and why, as the checked fields say."""
        return audit_context(self.request, self.cleaned_data.get("reason", ""), self.cleaned_data["request_id"])

    def run(self) -> bool:
        """Perform the action of the valid form; False where it is refused, with the reason among the form's errors."""
        self.is_repeated = self.audit.is_recorded()
        try:
            self.outcome = self._with_errors(lambda: self.perform(self.cleaned_data, self.audit))
        except ValidationError as refused:
            self.add_error(None, refused)
            return False
        return True

    def add_message(self, message: str) -> None:
        """Add the message of success once: none for a double click, another one where nothing had to change."""
        if not getattr(self.outcome, "is_finished", True) and not self.is_repeated:
            messages.info(self.request, "Already done; nothing changed.")
        elif not self.is_repeated:
            messages.success(self.request, message)

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        """The effects with the values now in the form."""
        if self.is_bound and not self.is_preview and self.non_field_errors():
            return {"problem": " ".join(map(str, self.non_field_errors()))}
        try:
            values = self._values_so_far()
        except ValidationError:
            return {"note": "Fill in the form to see a preview."}
        try:
            effects = self._with_errors(lambda: self.effects(values))
        except ValidationError as problem:
            return {"problem": " ".join(problem.messages)}
        self.submit_text = self.submit_text_for(values)
        return {"effects": effects, "note": self.note(values)}

    def submit_text_for(self, values: dict[str, Any]) -> str:
        """The text of the button for these values, such as “Refund 20.00 USD”; empty: that of the dialog."""
        return ""

    def note(self, values: dict[str, Any]) -> str:
        """A note beside the preview."""
        return ""

    def _values_so_far(self) -> dict[str, Any]:
        """The values now in the form, each checked as on submission."""
        data = self.request.POST
        self.cleaned_data: dict[str, Any] = {}
        for name in self.fields:
            if name in NOT_SHOWN:
                continue
            field = self.fields[name]
            raw = field.widget.value_from_datadict(data, {}, name) if data else self.get_initial_for_field(field, name)
            self.cleaned_data[name] = field.clean(raw)
            if check := getattr(self, f"clean_{name}", None):
                self.cleaned_data[name] = check()
        self.restore_datetimes()
        return self.cleaned_data

    def _with_errors(self, run: Any) -> Any:
        try:
            return run()
        except RequestIdReused as taken:
            raise ValidationError(FORM_USED) from taken
        except tuple(self.exception_messages) as error:
            raise ValidationError(self.exception_messages[type(error)] or str(error)) from error


def danger_dialog(title: str, description: str, submit: str) -> ActionDialog:
    """A question without fields before something that cannot be taken back; its button has the colour of danger."""
    dialog = {
        "title": title,
        "description": description,
        "form_class": None,
        "form_submit_text": submit,
        "variant": "danger",
    }
    return cast("ActionDialog", dialog)


def action_dialog(
    form_class: type[ActionForm],
    *,
    label: str,
    title: str,
    description: str,
    submit: str,
    variant: str = "",
    **options: Any,
) -> Callable[[Any], Any]:
    """An action behind a dialog; the method answers once the action is performed, with its result in `form.outcome`.

    ``label`` is the text of the button that opens the dialog, ``variant`` is “danger” for the colour of what takes
    points away; ``options`` are those of Unfold's `action`.
    """
    dialog: dict[str, Any] = {
        "title": title,
        "description": description,
        "form_class": form_class,
        "form_submit_text": submit,
        "variant": variant,
    }

    def decorator(method: Callable[..., HttpResponse]) -> Any:
        @wraps(method)
        def run(model_admin: Any, request: HttpRequest, form: ActionForm, *args: Any, **kwargs: Any) -> HttpResponse:
            if form.run():
                return method(model_admin, request, form, *args, **kwargs)
            context = {"dialog": dialog, "form": form, "form_submit_text": submit}
            return render(request, "unfold/helpers/dialog.html", context)

        return action(run, description=label, dialog=dialog, **options)

    return decorator
