"""The forms of store connections: name and the store's choices, and its secret."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from blitzrocket.ids import MAX_LENGTH, new_id
from purchases.models import StoreConnection
from purchases.stores.provider import Option, Options, SecretSource, SecretUnusable, StoreKind

MAX_SECRET_LENGTH = 500
PREFIX = "option_"


class ConnectionForm(forms.Form):
    """The name of a connection, and what its store lets the owner choose."""

    name = forms.CharField(
        label="Name", max_length=100, help_text="For your team, for example “German shop”. Customers don't see it."
    )
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)

    def __init__(self, kind: StoreKind, connection: StoreConnection | None, data: Any = None) -> None:
        name = connection.name if connection else kind.title
        super().__init__(data, initial={"name": name}, auto_id="connection_%s")
        self.kind = kind
        chosen = Options(kind.options, connection.options if connection else {})
        for option in kind.options:
            self.fields[f"{PREFIX}{option.name}"] = _field_of(option, chosen[option.name])

    def choices(self) -> list[forms.BoundField]:
        """The fields of the store's choices."""
        return [self[f"{PREFIX}{option.name}"] for option in self.kind.options]

    def chosen(self) -> dict[str, str]:
        """The store's choices by name, once the form is valid."""
        return {option.name: self.cleaned_data[f"{PREFIX}{option.name}"] for option in self.kind.options}


def _field_of(option: Option, chosen: str) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=option.label,
        choices=option.choices,
        initial=chosen,
        widget=forms.RadioSelect,
        help_text=option.help_text,
        error_messages={"required": f"Choose one: {option.label.lower()}."},
    )


class SecretForm(forms.Form):
    """A secret that the store shows; where we can make it, an empty field asks for that."""

    secret = forms.CharField(
        required=False,
        max_length=MAX_SECRET_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    request_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: new_id("event"), max_length=MAX_LENGTH)

    def __init__(self, kind: StoreKind, data: Any = None) -> None:
        super().__init__(data, auto_id="secret_%s")
        self.kind = kind
        self.fields["secret"].label = kind.credential_label
        if kind.secret_source == SecretSource.US:
            del self.fields["secret"]
        elif kind.secret_source == SecretSource.EITHER:
            self.fields["secret"].help_text = "Leave empty to get one made."

    def clean_secret(self) -> str:
        secret = str(self.cleaned_data["secret"])
        if not secret and self.kind.secret_source == SecretSource.STORE:
            raise ValidationError(f"Enter the {self.kind.credential_label.lower()} that {self.kind.title} shows.")
        if secret:
            try:
                self.kind.check_secret(secret)
            except SecretUnusable as error:
                raise ValidationError(str(error)) from error
        return secret
