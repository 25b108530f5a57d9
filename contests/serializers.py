"""Contests and entries as the API takes and gives them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from blitzrocket.api.fields import (
    FlagField,
    MomentField,
    MomentOrNullField,
    MoneyField,
    StrictField,
    TextField,
    TextOrNullField,
    refuse,
)
from contests.identity import (
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
from contests.models.audit import MAX_REASON_LENGTH

MAX_NAME_LENGTH = 200
MAX_CODE_LENGTH = 40
MAX_ADJUSTMENT_ID_LENGTH = 100
MOST_POINTS_BY_HAND = 1_000_000_000


class ContestSerializer(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    description = TextOrNullField()
    status = serializers.ChoiceField(Contest.Status.choices)
    startDate = MomentOrNullField(source="starts_at")
    endDate = MomentOrNullField(source="ends_at")
    isEvergreen = serializers.BooleanField(source="is_evergreen")
    mode = serializers.ChoiceField(Contest.Mode.choices)
    slug = serializers.CharField()
    entriesCount = serializers.IntegerField(source="entries_count", min_value=0)


class EmailOfEntryField(TextOrNullField):
    """An entry's address; to a public key, which stands in web pages, most of it is hidden."""

    def to_representation(self, value: str) -> str | None:
        if not value:
            return None
        return masked(value) if self.context.get("is_public") else value


class PhoneField(TextOrNullField):
    """An entry's phone number; never to a public key."""

    def to_representation(self, value: str) -> str | None:
        return None if self.context.get("is_public") else super().to_representation(value)


class EntrySerializer(serializers.Serializer):
    id = serializers.CharField()
    email = EmailOfEntryField()
    name = serializers.CharField()
    phone = PhoneField()
    points = serializers.IntegerField()
    emailConfirmed = serializers.BooleanField(source="email_confirmed")
    disqualified = serializers.BooleanField(source="is_disqualified")
    referralCode = serializers.CharField(source="referral_code")
    createdAt = MomentField(source="created_at")


class CreatedEntrySerializer(EntrySerializer):
    """An entry as the call that made it answers."""

    alreadyExists = serializers.BooleanField(source="already_exists")
    isReferred = serializers.SerializerMethodField(help_text="Whether the referral code was another entry's.")

    def get_isReferred(self, entry: Entry) -> bool:
        return entry.referred_by_id is not None


class PlaceSerializer(serializers.Serializer):
    """A place on the leaderboard; those with the same points share a rank."""

    rank = serializers.IntegerField(min_value=1)
    id = serializers.CharField()
    email = EmailOfEntryField()
    name = serializers.CharField()
    points = serializers.IntegerField()
    referralCode = serializers.CharField(source="referral_code")
    referralsCount = serializers.IntegerField(source="referrals_count", min_value=0)
    joinedAt = MomentField(source="created_at")


@extend_schema_field({"type": "string", "format": "email", "maxLength": MAX_EMAIL_LENGTH})
class AddressField(StrictField):
    """A valid email address of at most 254 characters; space around it is dropped."""

    def to_internal_value(self, data: Any) -> Email:
        if not isinstance(data, str):
            raise refuse("The email must be a JSON string.")
        try:
            return Email.parse(data)
        except InvalidEmail as error:
            raise refuse(str(error)) from None


class PhoneNumberField(TextField):
    """A phone number of at least 5 digits, kept as it is written; how its digits are grouped does not matter."""

    def __init__(self, **options: Any) -> None:
        told = f"A phone number of at least {LEAST_DIGITS} digits, kept as written."
        super().__init__(max_length=MAX_PHONE_LENGTH, help_text=options.pop("help_text", told), **options)

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            return Phone.parse(text)
        except InvalidPhone as error:
            raise refuse(str(error)) from None


class CreateEntrySerializer(serializers.Serializer):
    email = AddressField(required=False)
    name = TextField(max_length=MAX_NAME_LENGTH, required=False)
    phone = PhoneNumberField(required=False)
    referralCode = TextField(
        max_length=MAX_CODE_LENGTH, required=False, help_text="The code of the entry that referred it."
    )
    emailConfirmed = FlagField(required=False)


class UpdateEntrySerializer(serializers.Serializer):
    email = AddressField(required=False, null="value", help_text="null clears it where a phone number is left.")
    name = TextField(max_length=MAX_NAME_LENGTH, required=False, null="value", help_text="null clears it.")
    phone = PhoneNumberField(required=False, null="value", help_text="null clears it where an email address is left.")
    emailConfirmed = FlagField(required=False)


class DisqualifySerializer(serializers.Serializer):
    reason = TextField(max_length=MAX_REASON_LENGTH, required=False)
    disqualified = FlagField(required=False, help_text="false takes it back.")


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


class AdjustPointsSerializer(serializers.Serializer):
    points = WholeNumberField(
        "the points to add, or to take with a minus", least=-MOST_POINTS_BY_HAND, most=MOST_POINTS_BY_HAND
    )
    reason = TextField("why the points change", min_length=1, max_length=MAX_REASON_LENGTH)
    adjustmentId = TextField(
        min_length=1,
        max_length=MAX_ADJUSTMENT_ID_LENGTH,
        required=False,
        help_text="Your id of this adjustment: sent again with it, nothing changes.",
    )

    def validate_points(self, points: int) -> int:
        if points == 0:
            raise refuse("0 changes nothing.")
        return points


class AdjustedSerializer(serializers.Serializer):
    """What an adjustment led to."""

    entryId = serializers.CharField()
    points = serializers.IntegerField(help_text="What was added or taken.")
    balance = serializers.IntegerField(help_text="The entry's points after it.")
    alreadyExists = serializers.BooleanField()
    message = serializers.CharField()
    differences = serializers.DictField(
        required=False,
        help_text="For an adjustmentId that is known: what differs, by field, as recorded and as received.",
    )


class PointsFiguresSerializer(serializers.Serializer):
    total = serializers.IntegerField()
    average = MoneyField()
    highest = serializers.IntegerField()


class PurchaseFiguresSerializer(serializers.Serializer):
    count = serializers.IntegerField(min_value=0)
    refunded = serializers.IntegerField(min_value=0, help_text="Purchases of which something or all was given back.")
    pointsAwarded = serializers.IntegerField(min_value=0)
    revenue = serializers.DictField(
        child=MoneyField(), help_text="By currency: what was paid and not given back; voided purchases left out."
    )


class AnalyticsSerializer(serializers.Serializer):
    totalEntries = serializers.IntegerField(min_value=0)
    confirmedEntries = serializers.IntegerField(min_value=0)
    disqualifiedEntries = serializers.IntegerField(min_value=0)
    points = PointsFiguresSerializer()
    purchases = PurchaseFiguresSerializer(required=False, help_text="To a private key only.")
