"""The query parameters of the contest and entry endpoints."""

from blitzrocket.api.fields import refuse
from blitzrocket.api.pagination import MAX_PAGE_SIZE, PageQuerySerializer
from blitzrocket.api.query_params import (
    ListQuerySerializer,
    Parameter,
    QuerySerializer,
    TextParameter,
    WholeNumberParameter,
)
from blitzrocket.emails import MAX_EMAIL_LENGTH, Email, InvalidEmail
from blitzrocket.ids import MAX_LENGTH

DEFAULT_PLACES = 25


class EmailParameter(Parameter):
    """A valid email address, in any case."""

    def __init__(self, **options: object) -> None:
        super().__init__({"type": "string", "format": "email", "maxLength": MAX_EMAIL_LENGTH}, **options)

    def read(self, text: str) -> Email:
        try:
            return Email.parse(text.replace(" ", "+"))  # a plus sign that was not encoded arrives as a space
        except InvalidEmail as error:
            raise refuse(str(error)) from None


class EntryListQuerySerializer(PageQuerySerializer):
    """The parameters of the list of entries."""

    search = TextParameter(
        takes_empty=True,
        help_text="Only entries whose email, or a word of whose name, starts with this text, in any case. Empty: all.",
    )
    email = EmailParameter(help_text="Only the entry with this email, in any case. Requires a private key.")


class LookupQuerySerializer(QuerySerializer):
    """The parameters of the look-up by email."""

    contestId = TextParameter(max_length=MAX_LENGTH, required=True, help_text="ID of the contest.")
    email = EmailParameter(required=True, help_text="Email address of the entry, in any case.")


class LeaderboardQuerySerializer(ListQuerySerializer):
    """The parameters of the leaderboard."""

    limit = WholeNumberParameter(most=MAX_PAGE_SIZE, default=DEFAULT_PLACES, help_text="Maximum number of entries.")
