"""Query parameters of the calls about contests and entries."""

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
    """A contest's entries."""

    search = TextParameter(
        takes_empty=True, help_text="Start of the email or of each word of the name, in any case. Empty: all entries."
    )
    email = EmailParameter(help_text="The entry with this address, in any case; needs a private key.")


class LookupQuerySerializer(QuerySerializer):
    """The one entry with an address."""

    contestId = TextParameter(max_length=MAX_LENGTH, required=True, help_text="The contest's id.")
    email = EmailParameter(required=True, help_text="In any case.")


class LeaderboardQuerySerializer(ListQuerySerializer):
    """The first places."""

    limit = WholeNumberParameter(most=MAX_PAGE_SIZE, default=DEFAULT_PLACES, help_text="How many places.")
