"""The dialogs of support's actions on orders and refunds."""

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

from blitzrocket.accounts.admin.team_scoped import ALL_ROLES
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
    payable_amount,
    show_amount,
)
from contests.services import EntryGone
from contests.services.preview import PointChanges
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
    changes_by_attaching,
    changes_by_detaching,
    changes_by_moving,
    changes_by_recording,
    changes_by_refunding,
    changes_by_restoring,
    changes_by_voiding,
    check_dismissal,
    check_dismissible,
    check_reopenable,
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
from purchases.support.received_values import amount_in, currency_in

HANDLED = "This order was already handled by someone else. Reload to see what changed."
EXCEPTION_MESSAGES: dict[type[Exception], Any] = {
    PurchaseVoided: "This order is voided. Restore it first.",
    NotHeld: HANDLED,
    AlreadyHandled: HANDLED,
    NotAttached: "This order is no longer attached. Reload to see what changed.",
    EntryMissing: "No entry in this contest has this email. Check the email, or create the entry first.",
    EntryGone: None,
    RefundExceedsPurchase: None,
    RefundNotPositive: None,
}
TIME_KEPT = "This order was on hold, so it keeps the time when it was first received."


class OrderForm(EntryActionForm):
    """An action on a recorded order."""

    model = Purchase
    exception_messages = EXCEPTION_MESSAGES


class RefundForm(OrderForm):
    amount = forms.DecimalField(
        label="Refund amount (this does not move money)",
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
        # The base class has bound the field already, so the text of the field itself would come too late.
        self["amount"].help_text = f"{show_amount(self.object.money_left, self.object.currency)} left to refund."

    def submit_text_for(self, values: dict[str, Any]) -> str:
        return f"Refund {show_amount(values['amount'], self.object.currency)}"

    def changes(self, values: dict[str, Any]) -> PointChanges:
        return changes_by_refunding(self.object, values["amount"])

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        refunded = refund_purchase(
            self.object, refund_id=audit.id, amount=values["amount"], audit=audit, received_at=timezone.now()
        )
        if not audit.is_recorded():  # a refund by the API has the form's id
            raise RequestIdReused
        return refunded

    def note(self, values: dict[str, Any]) -> str:
        if self.object.is_voided:
            return "This order is voided, so the refund changes no points."
        return ""


class VoidForm(OrderForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        return changes_by_voiding(self.object)

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return void_purchase(self.object, audit=audit)


class RestoreForm(OrderForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        return changes_by_restoring(self.object)

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return restore_purchase(self.object, audit=audit)


class EntryField(forms.CharField):
    """An entry of a contest, by its email or id."""

    widget = UnfoldAdminTextInputWidget
    contest_id: str = ""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        entries = Entry.objects.filter(contest=self.contest_id)
        for reading in readings(text):
            if entry := entries.filter(Q(email_key=search_key(reading)) | Q(pk=reading.lower())).first():
                return entry
        raise ValidationError("No entry in this contest has this email or ID. Check it, or create the entry first.")


class MoveForm(OrderForm):
    to = EntryField(label="Move to", max_length=300, help_text="Email or entry ID")
    preview_fields = ("to",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].contest_id = self.object.contest_id

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors and not self.audit.is_recorded():
            self._check_other_entry(cleaned["to"])
        return cleaned

    def _check_other_entry(self, to: Entry) -> None:
        if to.pk == self.object.entry_id:
            raise ValidationError("This order already belongs to this entry. Choose another entry.")

    def changes(self, values: dict[str, Any]) -> PointChanges:
        self._check_other_entry(values["to"])
        return changes_by_moving(self.object, values["to"].pk)

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return move_purchase(self.object, values["to"], audit=audit)

    def note(self, values: dict[str, Any]) -> str:
        if values["to"].is_disqualified:
            return "This entry is disqualified: it gets the points, but isn't on the leaderboard."
        return ""


class RejectedPurchaseForm(EntryActionForm):
    """An action on a rejected order."""

    model = RejectedPurchase
    exception_messages = EXCEPTION_MESSAGES


OTHER = ""


class AttachForm(RejectedPurchaseForm):
    near = forms.ChoiceField(label="Assign to", required=False, widget=UnfoldAdminRadioSelectWidget)
    other = EntryField(label="Other entry", required=False, max_length=300, help_text="Email or entry ID")
    preview_fields = ("near", "other")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["other"].contest_id = self.object.contest_id
        suggestions = matching_entries(self.object)
        choices = [(entry.pk, " · ".join(filter(None, (str(entry), entry.name)))) for entry in suggestions]
        if choices:
            self.fields["near"].choices = [*choices, (OTHER, "Someone else")]
            self.fields["near"].initial = choices[0][0]
        else:
            del self.fields["near"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            cleaned["entry"] = self._entry_in(cleaned)
        return cleaned

    def _entry_in(self, values: dict[str, Any]) -> Entry:
        entry: Entry | None = values.get("other")
        if entry is None:
            entry = Entry.objects.filter(contest=self.object.contest_id, pk=values.get("near") or "").first()
        if entry is None:
            raise ValidationError("Choose the entry to assign the order to.")
        return entry

    def changes(self, values: dict[str, Any]) -> PointChanges:
        return changes_by_attaching(self.object, self._entry_in(values))

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return attach_purchase(self.object, values["entry"], audit=audit)


class DetachForm(RejectedPurchaseForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        return changes_by_detaching(self.object)

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return detach_purchase(self.object, audit=audit)


class DismissForm(RejectedPurchaseForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        check_dismissible(self.object)
        return {}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return dismiss_rejected_purchase(self.object, audit=audit)


class ReopenForm(RejectedPurchaseForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        check_reopenable(self.object)
        return {}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return reopen_rejected_purchase(self.object, audit=audit)


class PendingRefundForm(EntryActionForm):
    """An action on a pending or refused refund."""

    model = PendingRefund
    exception_messages: ClassVar[dict[type[Exception], Any]] = {
        AlreadyHandled: "This refund was already handled by someone else. Reload to see what changed."
    }


class DismissRefundForm(PendingRefundForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        check_dismissal(self.object, is_dismissed=True)
        return {}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return dismiss_refund(self.object, audit=audit)

    def note(self, values: dict[str, Any]) -> str:
        if self.object.state == PendingRefund.State.PENDING:
            return "It still applies when its order is recorded."
        return ""


class ReopenRefundForm(PendingRefundForm):
    def changes(self, values: dict[str, Any]) -> PointChanges:
        check_dismissal(self.object, is_dismissed=False)
        return {}

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return reopen_refund(self.object, audit=audit)


class RecordForm(RejectedPurchaseForm):
    """Records a rejected order with corrected values."""

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
        help_text="Rules and contest dates apply as of this time. Default: when first received.",
    )
    preview_fields = ("contest", "email", "amount", "currency", "purchased_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rejected: RejectedPurchase = self.object
        self.fields["contest"].queryset = self._contests()
        self.fields["contest"].initial = rejected.contest_id
        self.fields["email"].initial = rejected.email
        self.fields["amount"].initial = amount_in(rejected.amount)
        self.fields["currency"].initial = currency_in(rejected.currency) or "USD"
        self.fields["purchased_at"].initial = self._received_at

    def _contests(self) -> QuerySet[Contest]:
        own = contests_of(self.request, *ALL_ROLES).filter(team=self.object.team_id)
        return own.select_related("rule_set").order_by("title")

    def clean_email(self) -> str:
        _read_email(self.cleaned_data["email"])
        return str(self.cleaned_data["email"])

    def clean_purchased_at(self) -> datetime:
        moment: datetime = self.cleaned_data["purchased_at"]
        if moment > timezone.now():
            raise ValidationError("The purchase time is in the future. Enter a past time.")
        return moment

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.errors:
            cleaned["order"] = self._order(cleaned)
        return cleaned

    def changes(self, values: dict[str, Any]) -> PointChanges:
        return changes_by_recording(self.object, values["contest"], self._order(values))

    def perform(self, values: dict[str, Any], audit: AuditContext) -> Any:
        return record_rejected_purchase(self.object, values["contest"], values["order"], audit=audit)

    def note(self, values: dict[str, Any]) -> str:
        is_held_here = self.object.is_held and values["contest"].pk == self.object.contest_id
        return str(TIME_KEPT) if is_held_here and values["purchased_at"] != self._received_at else ""

    @property
    def _received_at(self) -> datetime:
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
            is_time_sent=values["purchased_at"] != self._received_at,
        )


def _read_email(text: str) -> Email:
    try:
        return Email.parse(text)
    except InvalidEmail as error:
        raise ValidationError(str(error)) from error
