"""The dialogs in which people act: what it would do is shown first, a reason is asked, and it is done once."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from blitzrocket.ids import MAX_LENGTH, new_id
from blitzrocket.times import zone_key
from blitzrocket.zone import FIELD
from contests.admin.audit import FORM_USED, act_of
from contests.admin.moments import UnchangedMomentsMixin
from contests.audit import Act, ActIdTaken
from contests.models.audit import MAX_REASON_LENGTH
from purchases.desk.effects import Effect, effects_of

NOT_SHOWN = ("reason", "act_id", FIELD, "_form_submitted")


class ActForm(UnchangedMomentsMixin, BaseDialogForm):
    """A dialog that does one act on one object; the subclass says which with `perform`."""

    model: ClassVar[Any]
    form_before_template: str | None = "admin/purchases/effect.html"
    reason = forms.CharField(
        label=_("Reason"),
        max_length=MAX_REASON_LENGTH,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Stays with the order for ever; your colleagues read it."),
    )
    # The same dialog sent twice is one act.
    act_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("act"), max_length=MAX_LENGTH)
    # The time zone in which the dialog was shown, for the middleware.
    zone = forms.CharField(widget=forms.HiddenInput, initial=zone_key, required=False)
    shows_effect_of: ClassVar[tuple[str, ...]] = ()
    refusals: ClassVar[dict[type[Exception], Any]] = {}  # what to say for each; None for its own words

    def __init__(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        self.object = admin.site.get_model_admin(self.model).get_own(request, str(object_id))  # type: ignore[attr-defined]
        self.order_fields([name for name in self.fields if name not in NOT_SHOWN])
        for name in self.shows_effect_of:
            self._ask_again_on_change(name)
        next(iter(self.visible_fields())).field.widget.attrs["autofocus"] = True

    def _ask_again_on_change(self, name: str) -> None:
        """As somebody types, the server says what that would do; posted, so that no address stands in a log."""
        self.fields[name].widget.attrs |= {
            "hx-post": self.request.path,
            "hx-trigger": "input changed delay:300ms, change",
            "hx-vals": '{"preview": "1"}',
            "hx-select": "#effect",
            "hx-target": "#effect",
            "hx-swap": "outerHTML",
        }

    @property
    def is_preview(self) -> bool:
        """Whether somebody is still filling it in: looked at, and never done."""
        return "preview" in self.request.POST

    def is_valid(self) -> bool:
        return not self.is_preview and super().is_valid()

    def perform(self, values: dict[str, Any], act: Act) -> Any:
        """Do it, with the form's cleaned values."""
        raise NotImplementedError

    def touched(self, values: dict[str, Any]) -> list[str]:
        """The entries whose points it may change."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        """The act itself, so that what it refuses is told beside the form."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not self.is_preview:
            act = act_of(self.request, cleaned.get("reason", ""), cleaned["act_id"])
            self.is_repeated = act.is_noted
            self.outcome = self._told(lambda: self.perform(cleaned, act))
        return cleaned

    def tell(self, said: Any) -> None:
        """Say that it was done: a double click is told once, and whoever came second that it was so already."""
        if not getattr(self.outcome, "is_finished", True) and not self.is_repeated:
            messages.info(self.request, _("It was so already; nothing changed."))
        elif not self.is_repeated:
            messages.success(self.request, said)

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> dict[str, Any]:
        """What the act would do with the values as they stand in the form."""
        if self.is_bound and not self.is_preview and self.non_field_errors():
            return {"problem": " ".join(map(str, self.non_field_errors()))}
        try:
            values = self._values_so_far()
        except ValidationError:
            return {"note": _("Fill in the form to see what it would do.")}
        try:
            effects: list[Effect] = self._told(
                lambda: effects_of(self.touched(values), lambda: self.perform(values, Act(reason="?")))
            )
        except ValidationError as problem:
            return {"problem": " ".join(problem.messages)}
        return {"effects": effects, "note": self.note(values)}

    def note(self, values: dict[str, Any]) -> str:
        """What else there is to know before doing it."""
        return ""

    def _values_so_far(self) -> dict[str, Any]:
        """The values as they stand in the form, each checked as it is when the form is sent."""
        given = self.request.POST
        self.cleaned_data: dict[str, Any] = {}
        for name in self.fields:
            if name in NOT_SHOWN:
                continue
            field = self.fields[name]
            raw = (
                field.widget.value_from_datadict(given, {}, name) if given else self.get_initial_for_field(field, name)
            )
            self.cleaned_data[name] = field.clean(raw)
            if check := getattr(self, f"clean_{name}", None):
                self.cleaned_data[name] = check()
        self.restore_moments()
        return self.cleaned_data

    def _told(self, do: Any) -> Any:
        try:
            return do()
        except ActIdTaken as taken:
            raise ValidationError(FORM_USED) from taken
        except tuple(self.refusals) as refused:
            raise ValidationError(self.refusals[type(refused)] or str(refused)) from refused
