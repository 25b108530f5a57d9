"""Who is the same person: email addresses compared as people read them.

Computed here and never by the database, whose lower() depends on its locale.
"""

import unicodedata
from dataclasses import dataclass

import email_validator

MAX_EMAIL_LENGTH = 254
MAX_KEY_LENGTH = 3 * MAX_EMAIL_LENGTH  # casefolding makes up to three characters of one

# Shops have staging systems under these; an address that cannot be delivered to is no reason to lose an order.
for _domain in ("test", "local"):
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_domain)


class InvalidEmail(ValueError):
    """The text is not an email address; the message says why."""


@dataclass(frozen=True, slots=True)
class Email:
    """An address as it was given, without the space around it, and the key under which it is one person."""

    address: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "Email":
        """Read an address; no look-up is made.

        Raises:
            InvalidEmail: not an address, or longer than 254 characters.
        """
        address = unicodedata.normalize("NFC", text.strip())
        if len(address) > MAX_EMAIL_LENGTH:
            raise InvalidEmail(f"An email address has at most {MAX_EMAIL_LENGTH} characters.")
        try:
            parts = email_validator.validate_email(address, check_deliverability=False)
        except email_validator.EmailNotValidError as error:
            raise InvalidEmail(str(error)) from None
        # Casefolding can take a letter apart that NFC put together, so NFC comes again.
        local = unicodedata.normalize("NFC", unicodedata.normalize("NFC", parts.local_part).casefold())
        return cls(address, f"{local}@{parts.ascii_domain.lower()}")


def search_key(text: str) -> str:
    """What to look for among keys when somebody types an address, or the beginning of one."""
    try:
        return Email.parse(text).key
    except InvalidEmail:
        return unicodedata.normalize("NFC", text.strip()).casefold()
