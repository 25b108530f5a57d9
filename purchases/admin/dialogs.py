"""The dialogs in which support acts on an order."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from blitzrocket.text import readings
from contests.admin.dialogs import ActForm
from contests.admin.moments import MomentTextField
from contests.admin.scope import EVERYBODY, contests_of
from contests.audit import Act, ActIdTaken
from contests.currencies import (
    MAX_AMOUNT,
    MINOR_DIGITS,
    AmountNotPositive,
    AmountTooLarge,
    InvalidCurrency,
    payable_amount,
    read_currency,
)
from contests.identity import Email, InvalidEmail, search_key
from contests.models import Contest, Entry
from contests.services import EntryGone
from purchases.desk.near import near_entries
from purchases.models import Purchase, RejectedPurchase, WaitingRefund
from purchases.services import (
    EntryMissing,
    NewPurchase,
    NotAttached,
    NotHeld,
    NotOpen,
    PurchaseVoided,
    RefundExceedsPurchase,
    RefundNotPositive,
    attach_purchase,
    detach_purchase,
    dismiss_attempt,
    dismiss_refund,
    move_purchase,
    record_attempt,
    refund_purchase,
    reopen_attempt,
    reopen_refund,
    restore_purchase,
    void_purchase,
)

REFUSED: dict[type[Exception], Any] = {
    PurchaseVoided: _("This order is voided; take the void back first."),
    NotHeld: _("This order does not wait any more: somebody has dealt with it meanwhile."),
    NotOpen: _("Somebody has dealt with this attempt meanwhile."),
    NotAttached: _("There is nothing to take back any more."),
    EntryMissing: _("No entry in this contest has that email address."),
    EntryGone: None,
    RefundExceedsPurchase: None,
    RefundNotPositive: None,
}


TIME_STAYS = _("An order on hold is recorded as of its first receipt; its time stays.")


class OrderForm(ActForm):
    """An act on a recorded order."""

    model = Purchase
    refusals = REFUSED

    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.entry_id]


class RefundForm(OrderForm):
    amount = forms.DecimalField(
        label=_("Amount to give back"),
        min_value=Decimal("0.0001"),
        error_messages={"min_value": str(AmountNotPositive())},
        max_digits=16,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    shows_effect_of = ("amount",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        left = {"left": self.object.money_left, "currency": self.object.currency}
        self.fields["amount"].initial = self.object.money_left
        self.fields["amount"].help_text = _("%(left)s %(currency)s are left of the order.") % left

    def perform(self, values: dict[str, Any], act: Act) -> Any:
        refunded = refund_purchase(
            self.object, refund_id=act.id, amount=values["amount"], act=act, received_at=timezone.now()
        )
        if not act.is_noted:  # a refund by the API has the form's id
            raise ActIdTaken
        return refunded

    def note(self, values: dict[str, Any]) -> str:
        if self.object.is_voided:
            return str(_("The order is voided and has no points; the refund is only noted."))
        return ""


class VoidForm(OrderForm):
    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return void_purchase(self.object, act=act)


class RestoreForm(OrderForm):
    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return restore_purchase(self.object, act=act)


class EntryField(forms.CharField):
    """An entry of a contest, by its email address or id."""

    widget = UnfoldAdminTextInputWidget
    contest_id: str = ""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        entries = Entry.objects.filter(contest=self.contest_id)
        for reading in readings(text):
            if found := entries.filter(Q(email_key=search_key(reading)) | Q(pk=reading.lower())).first():
                return found
        raise ValidationError(_("No entry in this contest has that email address or id."))


class MoveForm(OrderForm):
    to = EntryField(label=_("To the entry"), max_length=300, help_text=_("Its email address, or its id."))
    shows_effect_of = ("to",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].contest_id = self.object.contest_id

    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.entry_id, *([values["to"].pk] if values["to"] else [])]

    def perform(self, values: dict[str, Any], act: Act) -> Any:
        if values["to"] is None:
            return None
        if values["to"].pk == self.object.entry_id and not act.is_noted:
            raise ValidationError(_("The order is this entry's already."))
        return move_purchase(self.object, values["to"], act=act)

    def note(self, values: dict[str, Any]) -> str:
        if values["to"] is not None and values["to"].is_disqualified:
            return str(_("This entry is disqualified. It gets the points, but is on no leaderboard."))
        return ""


class AttemptForm(ActForm):
    """An act on a refused attempt."""

    model = RejectedPurchase
    refusals = REFUSED

    def touched(self, values: dict[str, Any]) -> list[str]:
        return []


OTHER = ""


class AttachForm(AttemptForm):
    near = forms.ChoiceField(label=_("Whose order it is"), required=False, widget=UnfoldAdminRadioSelectWidget)
    other = EntryField(
        label=_("Another entry"), required=False, max_length=300, help_text=_("Its email address, or its id.")
    )
    shows_effect_of = ("near", "other")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].contest_id = self.object.contest_id
        near = near_entries(self.object)
        choices = [(entry.pk, " · ".join(filter(None, (str(entry), entry.name)))) for entry in near]
        if choices:
            self.fields["near"].choices = [*choices, (OTHER, _("Somebody else"))]
            self.fields["near"].initial = choices[0][0]
        else:
            del self.fields["near"]

    def entry_in(self, values: dict[str, Any]) -> Entry | None:
        if values.get("other"):
            return values["other"]  # type: ignore[no-any-return]
        return Entry.objects.filter(contest=self.object.contest_id, pk=values.get("near") or "").first()

    def touched(self, values: dict[str, Any]) -> list[str]:
        """With the entry from which an order is moved that was attached before."""
        entry = self.entry_in(values)
        known = Purchase.objects.of_order(self.object.contest_sent, self.object.order_id)
        return [one for one in (entry and entry.pk, known and known.entry_id) if one]

    def perform(self, values: dict[str, Any], act: Act) -> Any:
        entry = self.entry_in(values)
        if entry is None:
            raise ValidationError(_("Choose the entry whose order it is."))
        return attach_purchase(self.object, entry, act=act)


class DetachForm(AttemptForm):
    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.purchase.entry_id] if self.object.purchase else []

    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return detach_purchase(self.object, act=act)


class DismissForm(AttemptForm):
    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return dismiss_attempt(self.object, act=act)


class ReopenForm(AttemptForm):
    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return reopen_attempt(self.object, act=act)


class WaitingRefundForm(ActForm):
    """An act on a pending or refused refund."""

    model = WaitingRefund
    refusals: ClassVar[dict[type[Exception], Any]] = {NotOpen: _("Somebody has dealt with this refund meanwhile.")}

    def touched(self, values: dict[str, Any]) -> list[str]:
        return []


class DismissRefundForm(WaitingRefundForm):
    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return dismiss_refund(self.object, act=act)

    def note(self, values: dict[str, Any]) -> str:
        if self.object.state == WaitingRefund.State.WAITING:
            return str(_("It still applies when its order is recorded."))
        return ""


class ReopenRefundForm(WaitingRefundForm):
    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return reopen_refund(self.object, act=act)


class RecordForm(AttemptForm):
    """The order of a refused attempt as it should have been sent."""

    contest = forms.ModelChoiceField(
        label=_("Contest"), queryset=Contest.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    email = forms.CharField(label=_("Email"), max_length=300, widget=UnfoldAdminTextInputWidget)
    amount = forms.DecimalField(
        label=_("Amount"),
        min_value=Decimal("0.0001"),
        max_value=MAX_AMOUNT,
        error_messages={"min_value": str(AmountNotPositive()), "max_value": str(AmountTooLarge())},
        max_digits=16,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    currency = forms.ChoiceField(
        label=_("Currency"), choices=[(code, code) for code in sorted(MINOR_DIGITS)], widget=UnfoldAdminSelectWidget
    )
    purchased_at = MomentTextField(
        label=_("Purchased at"),
        help_text=_("Dates of rules and contest count as of then; by default it is when the order first came in."),
    )
    shows_effect_of = ("contest", "email", "amount", "currency", "purchased_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        attempt: RejectedPurchase = self.object
        self.fields["contest"].queryset = self._contests()
        self.fields["contest"].initial = attempt.contest_id
        self.fields["email"].initial = attempt.email
        self.fields["amount"].initial = _amount_meant(attempt.amount)
        self.fields["currency"].initial = _currency_meant(attempt.currency)
        self.fields["purchased_at"].initial = self._first_moment

    def _contests(self) -> QuerySet[Contest]:
        own = contests_of(self.request, *EVERYBODY).filter(team=self.object.team_id)
        return own.select_related("rule_set").order_by("title")

    def clean_email(self) -> str:
        _read_email(self.cleaned_data["email"])
        return str(self.cleaned_data["email"])

    def clean_purchased_at(self) -> datetime:
        moment: datetime = self.cleaned_data["purchased_at"]
        if moment > timezone.now():
            raise ValidationError(_("The purchase lies in the future."))
        return moment

    def touched(self, values: dict[str, Any]) -> list[str]:
        order = self._order(values)
        entry = Entry.objects.filter(contest=values["contest"], email_key=order.email.key).first()
        return [entry.pk] if entry else []

    def perform(self, values: dict[str, Any], act: Act) -> Any:
        return record_attempt(self.object, values["contest"], self._order(values), act=act)

    def note(self, values: dict[str, Any]) -> str:
        is_held_here = self.object.is_held and values["contest"].pk == self.object.contest_id
        return str(TIME_STAYS) if is_held_here and values["purchased_at"] != self._first_moment else ""

    @property
    def _first_moment(self) -> datetime:
        moment: datetime = self.object.purchased_at or self.object.first_received_at
        return moment

    def _order(self, values: dict[str, Any]) -> NewPurchase:
        try:
            amount = payable_amount(values["amount"], values["currency"])
        except (AmountNotPositive, AmountTooLarge) as error:
            raise ValidationError(str(error)) from error
        return NewPurchase(
            email=_read_email(values["email"]),
            order_id=self.object.order_id,
            amount=amount,
            currency=values["currency"],
            purchased_at=values["purchased_at"],
            is_time_sent=values["purchased_at"] != self._first_moment,
        )


def _read_email(text: str) -> Email:
    try:
        return Email.parse(text)
    except InvalidEmail as error:
        raise ValidationError(str(error)) from error


def _amount_meant(sent: str) -> Decimal | None:
    """The number in what was sent, also where it stood in quotation marks."""
    try:
        amount = Decimal(sent.strip('" '))
    except ArithmeticError:
        return None
    return amount if amount.is_finite() and 0 < amount <= MAX_AMOUNT else None


def _currency_meant(sent: str) -> str:
    try:
        return read_currency(sent)
    except InvalidCurrency:
        return "USD"
