"""Point rules as owners edit them, and rule sets as they were published."""

from collections.abc import Collection
from decimal import Decimal
from functools import cached_property
from math import ceil, floor
from typing import Any

import msgspec
from django.conf import settings
from django.core.exceptions import FieldError, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from blitzrocket.ids import id_field
from blitzrocket.model_fields import ExactJSONField, PlainCharField
from contests import scoring
from contests.models.contest import Contest
from contests.models.fields import ContestRow
from contests.money import MAX_AMOUNT, MINOR_DIGITS, WITHOUT_MINOR_UNIT
from contests.rule_text import plain, sentence_of

MAX_RULES = 50  # about 80 in a form would exceed Django's DATA_UPLOAD_MAX_NUMBER_FIELDS
MAX_POINTS_PER_UNIT = Decimal(100_000)
MAX_FIXED_POINTS = 1_000_000_000


def validate_currency(code: str) -> None:
    if code in WITHOUT_MINOR_UNIT:
        message = "“%(code)s” has no minor unit: no order can be paid in it. Use a currency such as EUR."
        raise ValidationError(message, params={"code": code})
    if code not in MINOR_DIGITS:
        raise ValidationError("“%(code)s” is not a currency: use an ISO 4217 code, such as EUR.", params={"code": code})


class PointRule(ContestRow):
    """A point rule. The points of all rules whose conditions hold add up."""

    id = id_field("rule")
    contest = models.ForeignKey(Contest, models.CASCADE, related_name="rules", verbose_name="contest")
    points_per_unit = models.DecimalField(
        "points per 1.00",
        max_digits=12,
        decimal_places=6,
        default=Decimal(1),
        validators=[MinValueValidator(0), MaxValueValidator(MAX_POINTS_PER_UNIT)],
        help_text="Per 1.00 in the purchase's currency.",
    )
    fixed_points = models.PositiveBigIntegerField(
        "fixed points",
        default=0,
        validators=[MaxValueValidator(MAX_FIXED_POINTS)],
        help_text="Added once per matching purchase.",
    )
    currency = PlainCharField(
        "currency",
        max_length=3,
        blank=True,
        validators=[validate_currency],
        help_text="ISO 4217 code. Leave empty for any currency; amounts are not converted.",
    )
    amount_from = models.DecimalField(
        "amount from",
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Included. Leave empty for any amount.",
    )
    amount_to = models.DecimalField(
        "amount to",
        max_digits=16,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="Included. Leave empty for any amount.",
    )
    valid_from = models.DateTimeField(
        "valid from",
        null=True,
        blank=True,
        help_text="Leave empty for no start.",
    )
    valid_until = models.DateTimeField(
        "valid until", null=True, blank=True, help_text="Ends at this moment (not included). Leave empty for no end."
    )
    first_purchase_only = models.BooleanField(
        "first purchase only", default=False, help_text="Voided purchases don't count."
    )
    is_active = models.BooleanField("on", default=True, help_text="If off, the rule is ignored.")

    class Meta:
        verbose_name = "point rule"
        verbose_name_plural = "point rules"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points_per_unit__gte=0, points_per_unit__lte=MAX_POINTS_PER_UNIT),
                name="pointrule_rate_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(fixed_points__gte=0, fixed_points__lte=MAX_FIXED_POINTS),
                name="pointrule_fixed_points_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(points_per_unit__gt=0) | Q(fixed_points__gt=0),
                name="pointrule_gives_something",
                violation_error_message="This rule gives no points. Set points per 1.00, fixed points, or both.",
            ),
            models.CheckConstraint(
                condition=Q(amount_from=None) | Q(amount_from__gte=0, amount_from__lte=MAX_AMOUNT),
                name="pointrule_amount_from_can_be_paid",
                violation_error_message="No purchase is that large. Enter a smaller “amount from”.",
            ),
            models.CheckConstraint(
                condition=Q(amount_to=None) | Q(amount_to__gt=0),
                name="pointrule_amount_to_is_positive",
                violation_error_message="Purchases are always above 0. Enter a larger “amount to”.",
            ),
            models.CheckConstraint(
                condition=Q(amount_from=None) | Q(amount_to=None) | Q(amount_to__gte=F("amount_from")),
                name="pointrule_amounts_in_order",
                violation_error_message="“Amount to” must be at least “amount from”.",
            ),
            models.CheckConstraint(
                condition=Q(valid_from=None) | Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                name="pointrule_dates_in_order",
                violation_error_message="“Valid until” must be later than “valid from”.",
            ),
        ]

    def __str__(self) -> str:
        return sentence_of(self.as_rule(), self.contest.zone)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Check them all in one statement, and each by itself only where one is violated.

        Django asks the database once for each, and a preview checks up to 50 rules whenever somebody types.
        """
        if not self._fulfills_all(exclude):
            super().validate_constraints(exclude)

    def _fulfills_all(self, exclude: Collection[str] | None) -> bool:
        constraints = self._meta.constraints
        conditions = [each.condition for each in constraints if isinstance(each, models.CheckConstraint)]
        values = self._get_field_expression_map(self._meta, exclude)  # type: ignore[attr-defined]
        try:
            return len(conditions) == len(constraints) and Q(*conditions).check(values)
        except FieldError:
            return False  # the value of a field could not be read, and says so itself

    def clean_fields(self, exclude: Any = None) -> None:
        self.currency = self.currency.strip().upper()
        super().clean_fields(exclude=exclude)

    def clean(self) -> None:
        if self.amount_from is not None and self.amount_to is not None and not self._leaves_an_amount():
            message = "No %(currency)s amount lies between these two, so this rule can never match."
            raise ValidationError({"amount_to": message % {"currency": self.currency}})

    def _leaves_an_amount(self) -> bool:
        """Whether a payable amount of the rule's currency, in minor units, lies between the two."""
        if self.currency not in MINOR_DIGITS or self.amount_from is None or self.amount_to is None:
            return True
        unit = Decimal(1).scaleb(-MINOR_DIGITS[self.currency])
        return self.amount_from > self.amount_to or ceil(self.amount_from / unit) <= floor(self.amount_to / unit)

    def why_never_in(self, contest: Contest) -> str:
        """Why the rule can never match in a contest with these dates; empty where it can, or is off."""
        starts_at, ends_at = contest.starts_at, None if contest.is_evergreen else contest.ends_at
        if self.is_active and self.valid_until and starts_at and self.valid_until <= starts_at:
            return "This rule can never match: it ends before the contest starts. Change its dates, or turn it off."
        if self.is_active and self.valid_from and ends_at and self.valid_from >= ends_at:
            return "This rule can never match: it begins after the contest ends. Change its dates, or turn it off."
        return ""

    def as_rule(self) -> scoring.Rule:
        """The rule for `contests.scoring`."""
        return scoring.Rule(
            id=self.pk,
            points_per_unit=plain(self.points_per_unit),
            fixed_points=self.fixed_points,
            currency=self.currency,
            amount_from=self.amount_from,
            amount_to=self.amount_to,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            first_purchase_only=self.first_purchase_only,
            is_active=self.is_active,
        )


class RuleSet(ContestRow):
    """The rules, rounding and caps of a contest as published. Never changed, so that its id identifies them."""

    id = id_field("rules")
    contest = models.ForeignKey(
        Contest, models.PROTECT, db_index=False, related_name="rule_sets", verbose_name="contest"
    )
    number = models.PositiveIntegerField("number")
    content = ExactJSONField("content")
    published_at = models.DateTimeField("published at", auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name="published by"
    )

    class Meta:
        verbose_name = "rule set"
        verbose_name_plural = "rule sets"
        constraints = [
            models.UniqueConstraint(fields=["contest", "number"], name="ruleset_unique_number_per_contest"),
            models.UniqueConstraint(fields=["contest", "id"], name="ruleset_by_contest"),
        ]

    def __str__(self) -> str:
        return str(f"Rules version {self.number}")

    @cached_property
    def terms(self) -> scoring.Terms:
        """The terms by which purchases are scored."""
        return msgspec.convert(self.content, scoring.Terms)
