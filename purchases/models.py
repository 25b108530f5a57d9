"""Orders that were recorded, and attempts that were not."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apikeys.models import ApiKey
from blitzrocket.exact_json import ExactDecoder, ExactEncoder
from blitzrocket.ids import MAX_LENGTH, id_field
from contests.currencies import MAX_AMOUNT
from contests.identity import MAX_EMAIL_LENGTH, MAX_KEY_LENGTH, search_key
from contests.models import Contest, Entry, RuleSet, Team

MAX_ORDER_ID_LENGTH = 255
MAX_ORDER_KEY_LENGTH = 3 * MAX_ORDER_ID_LENGTH  # upper case makes up to three characters of one
MOST_FOUND = 500  # that a search shows for one reading of what was typed
MAX_SENT_LENGTH = 300  # of a field as it was sent; the rest is cut


def order_key(order_id: str) -> str:
    """What support searches by: people type order ids with or without ``#``, in any case."""
    return order_id.strip().removeprefix("#").upper()


class PurchaseQuerySet(models.QuerySet["Purchase"]):
    def of_order(self, contest_id: str, order_id: str) -> "Purchase | None":
        """The purchase that has this order id in a contest."""
        return self.filter(contest=contest_id, order_id=order_id).first()

    def for_support(self, text: str) -> "PurchaseQuerySet":
        """Orders by the beginning of their id (with or without #, any case), by email, purchase id or entry id.

        A look-up in an index for each, and at most `MOST_FOUND` of each: what else an OR would be is a scan.
        """
        text = text.strip()
        if not text or "\0" in text:
            return self.none()
        by = (
            self.filter(order_key__startswith=order_key(text)).order_by("order_key"),
            self.filter(entry__in=Entry.objects.filter(email_key=search_key(text))),
            self.filter(pk=text.lower()),
            self.filter(entry=text.lower()),
        )
        found = [queryset.values("pk")[:MOST_FOUND] for queryset in by]
        return self.filter(pk__in=found[0].union(*found[1:], all=True))


class Purchase(models.Model):
    """One order of an entry in a contest, with its points as they were awarded and why."""

    class Status(models.TextChoices):
        RECORDED = "recorded", _("Recorded")
        PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")
        REFUNDED = "refunded", _("Refunded")
        VOIDED = "voided", _("Voided")

    id = id_field("purchase")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="purchases", verbose_name=_("contest")
    )
    # Indexed by itself: an entry is of one contest, so this serves (contest, entry) too.
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="purchases", verbose_name=_("entry"))
    order_id = models.CharField(_("order id"), max_length=MAX_ORDER_ID_LENGTH, db_collation="C")
    order_key = models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
    email = models.CharField(_("email as sent"), max_length=MAX_EMAIL_LENGTH)
    email_key = models.CharField(max_length=MAX_KEY_LENGTH, db_collation="C", editable=False)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    purchased_at = models.DateTimeField(_("purchased at"))
    status = models.CharField(_("status"), max_length=18, choices=Status, default=Status.RECORDED)
    points_awarded = models.BigIntegerField(_("points awarded"))
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, db_index=False, related_name="+", verbose_name=_("judged by"))
    facts: "models.JSONField[Any, Any]" = models.JSONField(_("facts"), encoder=ExactEncoder, decoder=ExactDecoder)
    explanation: "models.JSONField[Any, Any]" = models.JSONField(
        _("explanation"), encoder=ExactEncoder, decoder=ExactDecoder
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("recorded with")
    )
    duplicates = models.PositiveIntegerField(
        _("duplicates turned away"), default=0, help_text=_("How often the order was sent again.")
    )
    last_duplicate_at = models.DateTimeField(_("last duplicate"), null=True)
    last_differences: "models.JSONField[Any, Any]" = models.JSONField(
        _("what differed"), null=True, encoder=ExactEncoder, decoder=ExactDecoder
    )
    created_at = models.DateTimeField(_("recorded at"))

    objects = PurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["contest", "id"], name="purchase_by_contest"),
            models.Index(fields=["order_key"], name="purchase_by_order_key"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["contest", "order_id"], name="purchase_unique_order_per_contest"),
            models.CheckConstraint(condition=~Q(order_id=""), name="purchase_order_id_not_empty"),
            models.CheckConstraint(condition=Q(amount__gt=0, amount__lte=MAX_AMOUNT), name="purchase_amount_positive"),
            models.CheckConstraint(condition=Q(currency__regex="^[A-Z]{3}$"), name="purchase_currency_is_a_code"),
            models.CheckConstraint(condition=Q(points_awarded__gte=0), name="purchase_points_not_negative"),
            models.CheckConstraint(
                condition=Q(status__in=["recorded", "partially_refunded", "refunded", "voided"]),
                name="purchase_status_known",
            ),
        ]

    def __str__(self) -> str:
        return self.order_id


class RejectedPurchaseQuerySet(models.QuerySet["RejectedPurchase"]):
    def for_support(self, text: str) -> "RejectedPurchaseQuerySet":
        """Attempts by the beginning of their order id (with or without #, any case) or by email, as sent."""
        text = text.strip()
        if not text or "\0" in text:
            return self.none()
        by_order = self.filter(order_key__startswith=order_key(text)).order_by("order_key").values("pk")[:MOST_FOUND]
        by_email = self.filter(email_key=search_key(text)).values("pk")[:MOST_FOUND]
        return self.filter(pk__in=by_order.union(by_email, all=True))


class RejectedPurchase(models.Model):
    """An attempt to record an order that was refused, with what was sent; one row an order and reason.

    Refused only because no entry had the address, it is held: ``purchased_at`` and ``rule_set`` keep what its
    purchase will be judged by when such an entry appears.
    """

    class Code(models.TextChoices):
        """The API's codes for why."""

        INVALID = "invalid_request_body", _("Invalid request body")
        AMOUNT = "amount_not_positive", _("Amount not positive")
        CONTEST = "contest_not_found", _("Contest not found")
        ENTRY = "entry_not_found", _("No entry with that email")
        PUBLIC_KEY = "private_key_required", _("Sent with a public key")
        PARAMETER = "invalid_query_parameter", _("Invalid query parameter")

    class State(models.TextChoices):
        REFUSED = "refused", _("Refused")
        HELD = "held", _("Waits for its entry")
        RECORDED = "recorded", _("Recorded since")

    id = id_field("rejected")
    team = models.ForeignKey(Team, models.PROTECT, db_index=False, related_name="+", verbose_name=_("team"))
    contest = models.ForeignKey(
        Contest, models.PROTECT, null=True, related_name="rejected_purchases", verbose_name=_("contest")
    )
    contest_sent = models.CharField(_("contest as sent"), max_length=MAX_SENT_LENGTH, db_collation="C")
    order_id = models.CharField(_("order id"), max_length=MAX_ORDER_ID_LENGTH, db_collation="C")
    order_key = models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
    code = models.CharField(_("reason"), max_length=40, choices=Code)
    details: "models.JSONField[Any, Any]" = models.JSONField(_("what was wrong"), default=list)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.REFUSED)
    email = models.CharField(_("email as sent"), max_length=MAX_SENT_LENGTH, blank=True)
    email_key = models.CharField(max_length=3 * MAX_SENT_LENGTH, blank=True, db_collation="C", editable=False)
    amount = models.CharField(_("amount as sent"), max_length=MAX_SENT_LENGTH, blank=True)
    currency = models.CharField(_("currency as sent"), max_length=MAX_SENT_LENGTH, blank=True)
    purchased_at = models.DateTimeField(_("purchased at"), null=True)
    rule_set = models.ForeignKey(
        RuleSet, models.PROTECT, null=True, db_index=False, related_name="+", verbose_name=_("rules then")
    )
    purchase = models.ForeignKey(
        Purchase, models.PROTECT, null=True, related_name="refused_before", verbose_name=_("purchase")
    )
    api_key = models.ForeignKey(
        ApiKey, models.PROTECT, db_index=False, related_name="+", verbose_name=_("first sent with")
    )
    times = models.PositiveIntegerField(_("times"), default=1)
    first_received_at = models.DateTimeField(_("first received"))
    last_received_at = models.DateTimeField(_("last received"))

    objects = RejectedPurchaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("rejected attempt")
        verbose_name_plural = _("rejected attempts")
        ordering = ["-last_received_at"]
        indexes = [
            models.Index(fields=["api_key", "first_received_at"], name="rejected_by_key_and_day"),
            models.Index(fields=["order_key"], name="rejected_by_order_key"),
            models.Index(fields=["email_key"], name="rejected_by_email_key"),
            models.Index(fields=["team", "-last_received_at"], name="rejected_by_team"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contest_sent", "order_id", "code", "team"], name="rejected_unique_order_and_code"
            ),
            models.CheckConstraint(condition=Q(state__in=["refused", "held", "recorded"]), name="rejected_state_known"),
            models.CheckConstraint(
                condition=~Q(state="held")
                | Q(contest__isnull=False, rule_set__isnull=False, purchased_at__isnull=False),
                name="rejected_held_can_be_judged",
            ),
            models.CheckConstraint(
                condition=Q(state="recorded", purchase__isnull=False) | (~Q(state="recorded") & Q(purchase=None)),
                name="rejected_recorded_names_its_purchase",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.code}"


class RefusalCount(models.Model):
    """How often record calls were refused without being kept: a key's day and reason.

    Several rows count for the same, chosen at random, so that a flood of refusals does not queue for one row. The
    table is unlogged (see migrations): a crash of the database may forget counts, never purchases.
    """

    SLOTS = 16

    day = models.DateField(_("day"))
    code = models.CharField(_("reason"), max_length=40)
    key_id = models.CharField(max_length=MAX_LENGTH, blank=True, db_collation="C")
    slot = models.PositiveSmallIntegerField()
    times = models.PositiveBigIntegerField(_("times"))

    class Meta:
        verbose_name = _("refusal count")
        verbose_name_plural = _("refusal counts")
        constraints = [
            models.UniqueConstraint(fields=["day", "code", "key_id", "slot"], name="refusalcount_unique_slot"),
        ]
