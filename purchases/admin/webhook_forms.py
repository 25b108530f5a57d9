"""The form of a webhook: name, URL and events."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from blitzrocket.ids import MAX_LENGTH, new_id
from purchases.models import EventKind, WebhookEndpoint
from purchases.models.webhooks import MAX_URL_LENGTH
from purchases.outgoing.addresses import UnusableURL, check_url

WHEN = {
    EventKind.RECORDED: "an order was recorded, with its points",
    EventKind.REFUNDED: "a refund was made, in part or in full",
    EventKind.VOIDED: "an order was voided, and its points removed",
    EventKind.HELD: "an order waits, because no entry has its email",
    EventKind.ADJUSTED: "points changed by hand, a referral, a move or a recalculation",
    EventKind.CREATED: "someone entered",
    EventKind.ENDED: "the contest ended",
}


class WebhookForm(forms.Form):
    """A new webhook, or the changes of one."""

    name = forms.CharField(label="Name", max_length=100, help_text="For your team, for example “CRM”.")
    url = forms.CharField(
        label="URL",
        max_length=MAX_URL_LENGTH,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text="Of your system, for example https://hooks.example.com/blitzrocket.",
    )
    kinds = forms.MultipleChoiceField(
        label="Events",
        choices=EventKind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)

    def __init__(self, endpoint: WebhookEndpoint | None, data: Any = None) -> None:
        initial = {"name": endpoint.name, "url": endpoint.url, "kinds": endpoint.kinds} if endpoint else {}
        super().__init__(data, initial=initial, auto_id="webhook_%s")

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        try:
            check_url(url)
        except UnusableURL as error:
            raise ValidationError(str(error)) from None
        return url

    def events(self) -> list[dict[str, Any]]:
        """Each event with its box, and when it happens."""
        chosen = self["kinds"].value() or []
        return [{"value": kind.value, "is_chosen": kind.value in chosen, "when": WHEN[kind]} for kind in EventKind]

    def values(self) -> dict[str, Any]:
        """What the valid form says, the events in their usual order."""
        kinds = [kind.value for kind in EventKind if kind.value in self.cleaned_data["kinds"]]
        return {"name": self.cleaned_data["name"], "url": self.cleaned_data["url"], "kinds": kinds}


class RequestForm(forms.Form):
    """A button: what is sent twice acts once."""

    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)
