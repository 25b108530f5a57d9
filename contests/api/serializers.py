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


@extend_schema_field({"type": ["string", "number", "null"]})
class AnyValueField(serializers.Field):
    """A string, number or null."""

    def to_representation(self, value: Any) -> Any:
        return value


class DifferenceSerializer(serializers.Serializer):
    """A difference in one field."""

    recorded = AnyValueField(help_text="Recorded value.")
    received = AnyValueField(help_text="Value in this request.")


class ContestSerializer(serializers.Serializer):
    id = serializers.CharField(help_text="ID of the contest.")
    title = serializers.CharField(help_text="Title of the contest.")
    description = TextOrNullField(help_text="Description for participants. null: none.")
    status = serializers.ChoiceField(Contest.Status.choices, help_text="Status: draft, active, paused or ended.")
    startDate = DateTimeOrNullField(
        source="starts_at", help_text="Time at which the contest starts. null: it has started."
    )
    endDate = DateTimeOrNullField(
        source="ends_at", help_text="Time at which the contest ends, not included. null: no end date."
    )
    isEvergreen = serializers.BooleanField(source="is_evergreen", help_text="Whether the contest has no end date.")
    mode = serializers.ChoiceField(Contest.Mode.choices, help_text="What participants collect points for.")
    slug = serializers.CharField(help_text="Name of the contest in URLs.")
    entriesCount = serializers.IntegerField(source="entries_count", min_value=0, help_text="Number of entries.")


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
    id = serializers.CharField(help_text="ID of the entry.")
    email = EmailOfEntryField(help_text="Email address. null: none. Masked if you use a public key.")
    name = serializers.CharField(help_text="Name of the participant.")
    phone = PhoneField(help_text="Phone number. null: none, or you use a public key.")
    points = serializers.IntegerField(help_text="Point balance.")
    emailConfirmed = serializers.BooleanField(
        source="email_confirmed",
        help_text="Whether the email address is confirmed. Leaderboards leave out unconfirmed entries.",
    )
    disqualified = serializers.BooleanField(source="is_disqualified", help_text="Whether the entry is disqualified.")
    referralCode = serializers.CharField(source="referral_code", help_text="Code with which this entry refers others.")
    createdAt = TimestampField(source="created_at", help_text="Time at which the entry was created.")


class CreatedEntrySerializer(EntrySerializer):
    """A created entry."""

    alreadyExists = serializers.BooleanField(
        source="already_exists", help_text="Whether it already existed before this request."
    )
    isReferred = serializers.SerializerMethodField(
        help_text="Whether the entry was created with another entry's referral code."
    )

    def get_isReferred(self, entry: Entry) -> bool:
        return entry.referred_by_id is not None


class LeaderboardPlaceSerializer(serializers.Serializer):
    """A place on the leaderboard. Entries with the same points share a rank."""

    rank = serializers.IntegerField(min_value=1, help_text="Rank. Entries with the same points share one.")
    id = serializers.CharField(help_text="ID of the entry.")
    email = EmailOfEntryField(help_text="Email address. null: none. Masked if you use a public key.")
    name = serializers.CharField(help_text="Name of the participant.")
    points = serializers.IntegerField(help_text="Point balance.")
    referralCode = serializers.CharField(source="referral_code", help_text="Code with which this entry refers others.")
    referralsCount = serializers.IntegerField(
        source="referrals_count", min_value=0, help_text="Number of entries referred by this one."
    )
    joinedAt = TimestampField(source="created_at", help_text="Time at which the entry was created.")


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
        help_text = f"Phone number of at least {LEAST_DIGITS} digits, stored as sent."
        super().__init__(max_length=MAX_PHONE_LENGTH, help_text=options.pop("help_text", help_text), **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return Phone.parse(text)
        except InvalidPhone as error:
            raise refuse(str(error)) from None


class CreateEntrySerializer(BodySerializer):
    email = AddressField(required=False, help_text="Email address. Required without a phone number.")
    name = TextField(max_length=MAX_NAME_LENGTH, required=False, help_text="Name of the participant.")
    phone = PhoneNumberField(required=False, help_text="Phone number of at least 5 digits. Required without an email.")
    referralCode = TextField(
        max_length=MAX_CODE_LENGTH, required=False, help_text="Referral code of the entry that referred this one."
    )
    emailConfirmed = FlagField(required=False, help_text="Whether the email address is confirmed. Default: true.")


class UpdateEntrySerializer(BodySerializer):
    email = AddressField(
        required=False, null="value", help_text="Email address. null clears it if the entry has a phone number."
    )
    name = TextField(max_length=MAX_NAME_LENGTH, required=False, null="value", help_text="Name. null clears it.")
    phone = PhoneNumberField(
        required=False, null="value", help_text="Phone number. null clears it if the entry has an email."
    )
    emailConfirmed = FlagField(required=False, help_text="Whether the email address is confirmed.")


class DisqualifyEntrySerializer(BodySerializer):
    reason = TextField(max_length=MAX_REASON_LENGTH, required=False, help_text="Reason, visible to your team.")
    disqualified = FlagField(required=False, help_text="Default: true. false reinstates the entry.")


class WholeNumberField(StrictField):
    """A JSON integer within bounds."""

    def __init__(self, noun: str = "", *, least: int, most: int, **options: Any) -> None:
        super().__init__(noun, **options)
        self.least, self.most = least, most
        extend_schema_field({"type": "integer", "minimum": least, "maximum": most})(self)  # type: ignore[type-var]

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int) or not self.least <= data <= self.most:
            raise refuse(f"The {self.field_name} must be a JSON integer from {self.least:,} to {self.most:,}.")
        return data


class AdjustPointsSerializer(BodySerializer):
    points = WholeNumberField(
        "the points to add, negative to remove them",
        least=-MAX_ADJUSTMENT,
        most=MAX_ADJUSTMENT,
        help_text="Points to add. Negative values remove points.",
    )
    reason = TextField(
        "why the points change", min_length=1, max_length=MAX_REASON_LENGTH, help_text="Reason, shown in the ledger."
    )
    adjustmentId = TextField(
        min_length=1,
        max_length=MAX_ADJUSTMENT_ID_LENGTH,
        required=False,
        help_text="Your ID of the adjustment. Sending it again changes nothing.",
    )

    def validate_points(self, points: int) -> int:
        if points == 0:
            raise refuse("0 changes nothing.")
        return points


class AdjustedSerializer(serializers.Serializer):
    """The result of a point adjustment."""

    entryId = serializers.CharField(help_text="ID of the entry.")
    points = serializers.IntegerField(help_text="Points added. Negative: points removed.")
    balance = serializers.IntegerField(help_text="Point balance after the adjustment.")
    alreadyExists = serializers.BooleanField(help_text="Whether it already existed before this request.")
    message = serializers.CharField(help_text="Result as a sentence.")
    differences = serializers.DictField(
        child=DifferenceSerializer(),
        required=False,
        help_text="By field: how the request differs from the recorded adjustment with this adjustmentId.",
    )


class PointsFiguresSerializer(serializers.Serializer):
    total = serializers.IntegerField(help_text="Sum of the points of all entries.")
    average = MoneyField(help_text="Average points per entry.")
    highest = serializers.IntegerField(help_text="Highest points of an entry.")


class EntryFiguresSerializer(serializers.Serializer):
    totalEntries = serializers.IntegerField(min_value=0, help_text="Number of entries.")
    confirmedEntries = serializers.IntegerField(
        min_value=0, help_text="Number of entries with a confirmed email address."
    )
    disqualifiedEntries = serializers.IntegerField(min_value=0, help_text="Number of disqualified entries.")
    points = PointsFiguresSerializer(help_text="Statistics of the entries' points.")


class ScoredRuleSerializer(serializers.Serializer):
    """The points that a rule gave, or why it did not apply."""

    ruleId = serializers.CharField(help_text="ID of the rule.")
    rule = serializers.CharField(help_text="Rule as a sentence.")
    matched = serializers.BooleanField(help_text="Whether the rule applied.")
    points = MoneyField(help_text="Exact points of the rule, before rounding.")
    reason = serializers.CharField(allow_null=True, help_text="Why the rule did not apply. null: it applied.")


class AppliedCapSerializer(serializers.Serializer):
    """A cap that limited the points."""

    cap = serializers.ChoiceField([cap.value for cap in Cap], help_text="Kind of the cap.")
    limitedTo = serializers.IntegerField(help_text="Points after the cap.")
    reason = serializers.CharField(help_text="Reason as a sentence.")


class NotEarningRuleSerializer(serializers.Serializer):
    """Why a purchase earned no points, whatever its rules."""

    code = serializers.ChoiceField([blocker.value for blocker in Blocker], help_text="Code of the reason.")
    reason = serializers.CharField(help_text="Reason as a sentence.")


class ExplanationSerializer(serializers.Serializer):
    """How the points of a purchase were calculated, stored when it was recorded."""

    amount = MoneyField(help_text="Amount that was scored.")
    currency = serializers.CharField(help_text="ISO 4217 code.")
    purchasedAt = TimestampField(help_text="Time by which rules and contest dates were matched.")
    firstPurchase = serializers.BooleanField(
        allow_null=True, help_text="Whether it was the entry’s first purchase. null: the order was imported."
    )
    ruleSet = serializers.IntegerField(allow_null=True, help_text="Version of the rules. null: the order was imported.")
    rules = ScoredRuleSerializer(many=True, help_text="All rules, with their points or why they did not apply.")
    exactPoints = MoneyField(help_text="Exact sum of the points of all rules.")
    rounding = serializers.ChoiceField(
        [rounding.value for rounding in Rounding],
        allow_null=True,
        help_text="How the sum was rounded. null: the order was imported.",
    )
    roundedPoints = serializers.IntegerField(help_text="Rounded sum.")
    caps = AppliedCapSerializer(many=True, help_text="Caps that limited the points.")
    notEarning = NotEarningRuleSerializer(
        allow_null=True, help_text="Why the purchase earned no points. null: it could earn points."
    )
    history = serializers.BooleanField(
        help_text="Whether the order was imported with the points that another service gave."
    )
    points = serializers.IntegerField(help_text="Points earned.")
    sentence = serializers.CharField(help_text="Explanation for the customer, ready to send.")
