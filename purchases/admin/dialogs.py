"""The dialogs in which support acts on an order."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from blitzrocket.accounts.admin.team_scoped import EVERYBODY
from blitzrocket.adminsite.datetime_fields import LocalDateTimeTextField
from blitzrocket.audit.context import AuditContext, RequestIdReused
from blitzrocket.emails import Email, InvalidEmail, search_key
from blitzrocket.text import readings
from contests.admin.entry_actions import EntryActionForm
from contests.admin.scope import contests_of
from contests.models import Contest, Entry
from contests.money import (
    MAX_AMOUNT,
    MINOR_DIGITS,
    AmountNotPositive,
    AmountTooLarge,
    InvalidCurrency,
    payable_amount,
    read_currency,
)
from contests.services import EntryGone
from purchases.models import PendingRefund, Purchase, RejectedPurchase
from purchases.services import (
    AlreadyHandled,
    EntryMissing,
    NewPurchase,
    NotAttached,
    NotHeld,
    PurchaseVoided,
    RefundExceedsPurchase,
    RefundNotPositive,
    attach_purchase,
    detach_purchase,
    dismiss_refund,
    dismiss_rejected_purchase,
    move_purchase,
    record_rejected_purchase,
    refund_purchase,
    reopen_refund,
    reopen_rejected_purchase,
    restore_purchase,
    void_purchase,
)
from purchases.support.entry_matching import matching_entries

REFUSED: dict[type[Exception], Any] = {
    PurchaseVoided: "This order is voided; take the void back first.",
    NotHeld: "This order does not wait any more: somebody has dealt with it meanwhile.",
    AlreadyHandled: "Somebody has dealt with this attempt meanwhile.",
    NotAttached: "There is nothing to take back any more.",
    EntryMissing: "No entry in this contest has that email address.",
    EntryGone: None,
    RefundExceedsPurchase: None,
    RefundNotPositive: None,
}


TIME_STAYS = "An order on hold is recorded as of its first receipt; its time stays."


class OrderForm(EntryActionForm):
    """An act on a recorded order."""

    model = Purchase
    refusals = REFUSED

    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.entry_id]


class RefundForm(OrderForm):
    amount = forms.DecimalField(
        label="Amount to give back",
        min_value=Decimal("0.0001"),
        error_messages={"min_value": str(AmountNotPositive())},
        max_digits=16,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    preview_fields = ("amount",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].initial = self.object.money_left
        self.fields["amount"].help_text = f"{self.object.money_left} {self.object.currency} are left of the order."

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        refunded = refund_purchase(
            self.object, refund_id=audit.id, amount=values["amount"], audit=audit, received_at=timezone.now()
        )
        if not audit.is_recorded:  # a refund by the API has the form's id
            raise RequestIdReused
        return refunded

    def note(self, values: dict[str, Any]) -> str:
        if self.object.is_voided:
            return "The order is voided and has no points; the refund is only noted."
        return ""


class VoidForm(OrderForm):
    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return void_purchase(self.object, audit=audit)


class RestoreForm(OrderForm):
    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return restore_purchase(self.object, audit=audit)


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
        raise ValidationError("No entry in this contest has that email address or id.")


class MoveForm(OrderForm):
    to = EntryField(label="To the entry", max_length=300, help_text="Its email address, or its id.")
    preview_fields = ("to",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].contest_id = self.object.contest_id

    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.entry_id, *([values["to"].pk] if values["to"] else [])]

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        if values["to"] is None:
            return None
        if values["to"].pk == self.object.entry_id and not audit.is_recorded:
            raise ValidationError("The order is this entry's already.")
        return move_purchase(self.object, values["to"], audit=audit)

    def note(self, values: dict[str, Any]) -> str:
        if values["to"] is not None and values["to"].is_disqualified:
            return "This entry is disqualified. It gets the points, but is on no leaderboard."
        return ""


class RejectedPurchaseForm(EntryActionForm):
    """An act on a refused attempt."""

    model = RejectedPurchase
    refusals = REFUSED

    def touched(self, values: dict[str, Any]) -> list[str]:
        return []


OTHER = ""


class AttachForm(RejectedPurchaseForm):
    near = forms.ChoiceField(label="Whose order it is", required=False, widget=UnfoldAdminRadioSelectWidget)
    other = EntryField(label="Another entry", required=False, max_length=300, help_text="Its email address, or its id.")
    preview_fields = ("near", "other")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].contest_id = self.object.contest_id
        near = matching_entries(self.object)
        choices = [(entry.pk, " · ".join(filter(None, (str(entry), entry.name)))) for entry in near]
        if choices:
            self.fields["near"].choices = [*choices, (OTHER, "Somebody else")]
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

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        entry = self.entry_in(values)
        if entry is None:
            raise ValidationError("Choose the entry whose order it is.")
        return attach_purchase(self.object, entry, audit=audit)


class DetachForm(RejectedPurchaseForm):
    def touched(self, values: dict[str, Any]) -> list[str]:
        return [self.object.purchase.entry_id] if self.object.purchase else []

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return detach_purchase(self.object, audit=audit)


class DismissForm(RejectedPurchaseForm):
    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return dismiss_rejected_purchase(self.object, audit=audit)


class ReopenForm(RejectedPurchaseForm):
    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return reopen_rejected_purchase(self.object, audit=audit)


class WaitingRefundForm(EntryActionForm):
    """An act on a pending or refused refund."""

    model = PendingRefund
    refusals: ClassVar[dict[type[Exception], Any]] = {AlreadyHandled: "Somebody has dealt with this refund meanwhile."}

    def touched(self, values: dict[str, Any]) -> list[str]:
        return []


class DismissRefundForm(WaitingRefundForm):
    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return dismiss_refund(self.object, audit=audit)

    def note(self, values: dict[str, Any]) -> str:
        if self.object.state == PendingRefund.State.WAITING:
            return "It still applies when its order is recorded."
        return ""


class ReopenRefundForm(WaitingRefundForm):
    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return reopen_refund(self.object, audit=audit)


class RecordForm(RejectedPurchaseForm):
    """The order of a refused attempt as it should have been sent."""

    contest = forms.ModelChoiceField(
        label="Contest", queryset=Contest.objects.none(), widget=UnfoldAdminSelectWidget, empty_label=None
    )
    email = forms.CharField(label="Email", max_length=300, widget=UnfoldAdminTextInputWidget)
    amount = forms.DecimalField(
        label="Amount",
        min_value=Decimal("0.0001"),
        max_value=MAX_AMOUNT,
        error_messages={"min_value": str(AmountNotPositive()), "max_value": str(AmountTooLarge())},
        max_digits=16,
        decimal_places=4,
        widget=UnfoldAdminDecimalFieldWidget,
    )
    currency = forms.ChoiceField(
        label="Currency", choices=[(code, code) for code in sorted(MINOR_DIGITS)], widget=UnfoldAdminSelectWidget
    )
    purchased_at = LocalDateTimeTextField(
        label="Purchased at",
        help_text="Dates of rules and contest count as of then; by default it is when the order first came in.",
    )
    preview_fields = ("contest", "email", "amount", "currency", "purchased_at")

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
            raise ValidationError("The purchase lies in the future.")
        return moment

    def touched(self, values: dict[str, Any]) -> list[str]:
        order = self._order(values)
        entry = Entry.objects.filter(contest=values["contest"], email_key=order.email.key).first()
        return [entry.pk] if entry else []

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return record_rejected_purchase(self.object, values["contest"], self._order(values), audit=audit)

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
