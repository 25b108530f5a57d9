"""Serializers of contests, entries and explanations."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blitzrocket.api.fields import (
    DateTimeOrNullField,
    FlagField,
    MoneyField,
    StrictField,
    TextField,
    TextOrNullField,
    TimestampField,
    refuse,
)
from blitzrocket.api.schema import DifferenceSerializer
from blitzrocket.api.serializers import BodySerializer
from blitzrocket.audit.models import MAX_REASON_LENGTH
from blitzrocket.emails import (
    LEAST_DIGITS,
    MAX_EMAIL_LENGTH,
    MAX_PHONE_LENGTH,
    Email,
    InvalidEmail,
    InvalidPhone,
    Phone,
    masked,
)
from contests.models import Contest, Entry
from contests.models.entry import MAX_ADJUSTMENT, MAX_CODE_LENGTH, MAX_NAME_LENGTH
from contests.scoring import Blocker, Cap, Rounding

MAX_ADJUSTMENT_ID_LENGTH = 100


class ContestSerializer(serializers.Serializer):
    id = serializers.CharField(help_text="Its id.")
    title = serializers.CharField(help_text="Its title.")
    description = TextOrNullField(help_text="For participants; null where there is none.")
    status = serializers.ChoiceField(Contest.Status.choices, help_text="draft, active, paused or ended.")
    startDate = DateTimeOrNullField(source="starts_at", help_text="When it starts; null: it has started.")
    endDate = DateTimeOrNullField(source="ends_at", help_text="The first moment that doesn’t count; null: no end.")
    isEvergreen = serializers.BooleanField(source="is_evergreen", help_text="Whether it runs without an end.")
    mode = serializers.ChoiceField(Contest.Mode.choices, help_text="What points are for.")
    slug = serializers.CharField(help_text="Its name in web addresses.")
    entriesCount = serializers.IntegerField(source="entries_count", min_value=0, help_text="How many entries it has.")


def _is_for_public_key(field: serializers.Field) -> bool:
    return not field.context["request"].auth.is_private


class EmailOfEntryField(TextOrNullField):
    """An entry's email; masked for a public key, which anyone can read in a web page."""

    def to_representation(self, value: str) -> str | None:
        if not value:
            return None
        return masked(value) if _is_for_public_key(self) else value


class PhoneField(TextOrNullField):
    """An entry's phone number; null for a public key."""

    def to_representation(self, value: str) -> str | None:
        return None if _is_for_public_key(self) else super().to_representation(value)


class EntrySerializer(serializers.Serializer):
    id = serializers.CharField(help_text="Its id.")
    email = EmailOfEntryField(help_text="The email address; null without one, masked to a public key.")
    name = serializers.CharField(help_text="The name, as it was given.")
    phone = PhoneField(help_text="The phone number; null to a public key.")
    points = serializers.IntegerField(help_text="The points it has.")
    emailConfirmed = serializers.BooleanField(
        source="email_confirmed", help_text="Whether the email address is confirmed; leaderboards leave out who is not."
    )
    disqualified = serializers.BooleanField(source="is_disqualified", help_text="Whether it is disqualified.")
    referralCode = serializers.CharField(source="referral_code", help_text="The code by which it refers others.")
    createdAt = TimestampField(source="created_at", help_text="When it entered.")


class CreatedEntrySerializer(EntrySerializer):
    """An entry as returned when it is created."""

    alreadyExists = serializers.BooleanField(
        source="already_exists", help_text="Whether it existed before this request."
    )
    isReferred = serializers.SerializerMethodField(help_text="Whether the referral code was another entry's.")

    def get_isReferred(self, entry: Entry) -> bool:
        return entry.referred_by_id is not None


class PlaceSerializer(serializers.Serializer):
    """A place on the leaderboard; those with the same points share a rank."""

    rank = serializers.IntegerField(min_value=1, help_text="The place; the same points share a rank.")
    id = serializers.CharField(help_text="Its id.")
    email = EmailOfEntryField(help_text="The email address; masked to a public key.")
    name = serializers.CharField(help_text="The name, as it was given.")
    points = serializers.IntegerField(help_text="The points it has.")
    referralCode = serializers.CharField(source="referral_code", help_text="The code by which it refers others.")
    referralsCount = serializers.IntegerField(
        source="referrals_count", min_value=0, help_text="How many entries it referred."
    )
    joinedAt = TimestampField(source="created_at", help_text="When it entered.")


@extend_schema_field({"type": "string", "format": "email", "maxLength": MAX_EMAIL_LENGTH})
class AddressField(StrictField):
    """A valid email address of at most 254 characters, trimmed."""

    def to_internal_value(self, data: Any) -> Email:
        if not isinstance(data, str):
            raise refuse("The email must be a JSON string.")
        try:
            return Email.parse(data)
        except InvalidEmail as error:
            raise refuse(str(error)) from None


class PhoneNumberField(TextField):
    """A phone number of at least 5 digits, stored as written; its grouping does not matter."""

    def __init__(self, **options: Any) -> None:
        help_text = f"A phone number of at least {LEAST_DIGITS} digits, kept as written."
        super().__init__(max_length=MAX_PHONE_LENGTH, help_text=options.pop("help_text", help_text), **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return Phone.parse(text)
        except InvalidPhone as error:
            raise refuse(str(error)) from None


class CreateEntrySerializer(BodySerializer):
    email = AddressField(required=False, help_text="Email or phone is required.")
    name = TextField(max_length=MAX_NAME_LENGTH, required=False, help_text="The person’s name.")
    phone = PhoneNumberField(required=False, help_text="Email or phone is required; at least 5 digits.")
    referralCode = TextField(
        max_length=MAX_CODE_LENGTH, required=False, help_text="The code of the entry that referred it."
    )
    emailConfirmed = FlagField(required=False, help_text="Default: true.")


class UpdateEntrySerializer(BodySerializer):
    email = AddressField(required=False, null="value", help_text="null clears it where a phone number is left.")
    name = TextField(max_length=MAX_NAME_LENGTH, required=False, null="value", help_text="null clears it.")
    phone = PhoneNumberField(required=False, null="value", help_text="null clears it where an email address is left.")
    emailConfirmed = FlagField(required=False, help_text="Absent: stays as it is.")


class DisqualifySerializer(BodySerializer):
    reason = TextField(max_length=MAX_REASON_LENGTH, required=False, help_text="Why; your team sees it.")
    disqualified = FlagField(required=False, help_text="false undoes it.")


class WholeNumberField(StrictField):
    """A JSON integer within bounds."""

    def __init__(self, what: str = "", *, least: int, most: int, **options: Any) -> None:
        super().__init__(what, **options)
        self.least, self.most = least, most
        extend_schema_field({"type": "integer", "minimum": least, "maximum": most})(self)  # type: ignore[type-var]

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or not self.least <= data <= self.most:
            raise refuse(f"The {self.field_name} must be a JSON integer from {self.least:,} to {self.most:,}.")
        return data


class AdjustPointsSerializer(BodySerializer):
    points = WholeNumberField(
        "the points to add, or to take with a minus",
        least=-MAX_ADJUSTMENT,
        most=MAX_ADJUSTMENT,
        help_text="Points to add; negative to take away.",
    )
    reason = TextField(
        "why the points change", min_length=1, max_length=MAX_REASON_LENGTH, help_text="Why; shown in the ledger."
    )
    adjustmentId = TextField(
        min_length=1,
        max_length=MAX_ADJUSTMENT_ID_LENGTH,
        required=False,
        help_text="Your id of this adjustment; sending it again changes nothing.",
    )

    def validate_points(self, points: int) -> int:
        if points == 0:
            raise refuse("0 changes nothing.")
        return points


class AdjustedSerializer(serializers.Serializer):
    """What an adjustment led to."""

    entryId = serializers.CharField(help_text="The id of the entry.")
    points = serializers.IntegerField(help_text="What was added or taken.")
    balance = serializers.IntegerField(help_text="The entry's points after it.")
    alreadyExists = serializers.BooleanField(help_text="Whether it existed before this request.")
    message = serializers.CharField(help_text="One sentence for a person.")
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text="For an adjustmentId that is known: what differs, by field, as recorded and as received.",
    )


class PointsFiguresSerializer(serializers.Serializer):
    total = serializers.IntegerField(help_text="All points together.")
    average = MoneyField(help_text="Points per entry.")
    highest = serializers.IntegerField(help_text="The most points of one entry.")


class EntryFiguresSerializer(serializers.Serializer):
    totalEntries = serializers.IntegerField(min_value=0, help_text="All entries.")
    confirmedEntries = serializers.IntegerField(min_value=0, help_text="Entries with a confirmed email address.")
    disqualifiedEntries = serializers.IntegerField(min_value=0, help_text="Disqualified entries.")
    points = PointsFiguresSerializer(help_text="Figures of points.")


class ScoredRuleSerializer(serializers.Serializer):
    """What one rule gave a purchase, or why it did not apply."""

    ruleId = serializers.CharField(help_text="The id of the rule.")
    rule = serializers.CharField(help_text="The rule as a sentence.")
    matched = serializers.BooleanField(help_text="Whether it applied.")
    points = MoneyField(help_text="Points it gave, exact, before rounding.")
    reason = serializers.CharField(allow_null=True, help_text="Why it did not apply; null where it did.")


class AppliedCapSerializer(serializers.Serializer):
    """A maximum that cut the points."""

    cap = serializers.ChoiceField([cap.value for cap in Cap], help_text="Which maximum.")
    limitedTo = serializers.IntegerField(help_text="Points that it left.")
    reason = serializers.CharField(help_text="The same as a sentence.")


class NotEarningSerializer(serializers.Serializer):
    """Why a purchase earned nothing, whatever the rules say."""

    code = serializers.ChoiceField([blocker.value for blocker in Blocker], help_text="For machines.")
    reason = serializers.CharField(help_text="The same as a sentence.")


class ExplanationSerializer(serializers.Serializer):
    """How the points of a purchase came about; stored when it was recorded."""

    amount = MoneyField(help_text="The amount that was scored.")
    currency = serializers.CharField(help_text="ISO 4217 code.")
    purchasedAt = TimestampField(help_text="The time that rules and contest dates were held against.")
    firstPurchase = serializers.BooleanField(
        allow_null=True, help_text="Whether it was the entry’s first; null where another service gave the points."
    )
    ruleSet = serializers.IntegerField(allow_null=True, help_text="The version of the rules; null for another service.")
    rules = ScoredRuleSerializer(many=True, help_text="Every rule, with what it gave or why it did not apply.")
    exactPoints = MoneyField(help_text="The sum, exact.")
    rounding = serializers.ChoiceField(
        [rounding.value for rounding in Rounding], allow_null=True, help_text="How the sum was rounded."
    )
    roundedPoints = serializers.IntegerField(help_text="The sum, rounded.")
    caps = AppliedCapSerializer(many=True, help_text="Each maximum that cut the points.")
    notEarning = NotEarningSerializer(allow_null=True, help_text="Why it earned nothing; null where it could.")
    history = serializers.BooleanField(help_text="Whether another service gave the points.")
    points = serializers.IntegerField(help_text="The points it earned.")
    sentence = serializers.CharField(help_text="The same for the customer, ready to send.")
