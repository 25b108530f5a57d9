"""Email addresses and phone numbers: parsing, and the keys under which two spellings are the same.

Keys are computed here and never by the database, whose lower() depends on its locale.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import email_validator
from msgspec import Struct
from rapidfuzz.distance import OSA

from blitzrocket.text import trim

MAX_EMAIL_LENGTH = 254
MAX_LOCAL_LENGTH = 64
MAX_KEY_LENGTH = 3 * MAX_EMAIL_LENGTH  # casefolding makes up to three characters of one
MAX_PHONE_LENGTH = 40
MAX_PHONE_KEY_LENGTH = 1 + 3 * MAX_PHONE_LENGTH  # “⅒” stands for three digits
LEAST_DIGITS = 5
MAX_WORD_LENGTH = 60
MAX_WORDS = 10
# The domains of most mistyped addresses.
COMMON_DOMAINS = (
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "outlook.com",
    "yahoo.com",
    "icloud.com",
    "live.com",
    "aol.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "proton.me",
    "protonmail.com",
)
SAME_MAILBOX = {"googlemail.com": "gmail.com"}
_tel_parameters = re.compile(r"(\s*tel:[^;]*);.*", re.IGNORECASE | re.DOTALL)
_trunk_zero = re.compile(r"(?<=\d)([^\w+]*)\(\s*0\s*\)")  # “+49 (0)30”: the 0 is dialled only within the country
# Addresses whose parts can be checked separately: the local part is valid, whatever the domain is.
_plain_local = re.compile(r"[a-zA-Z0-9_!#$%&'*+\-/=?^`{|}~.]+")
_plain_domain = re.compile(r"(?!.*--)[a-zA-Z0-9.\-]+")  # two hyphens may be Punycode
KEPT_DOMAINS = 1000
_slipped_ending = re.compile(r"\.(con|cmo|ocm|cim|vom|xom|cm|om|co)$")

# Shops have staging systems under these; an address that cannot be delivered to is no reason to lose an order.
for _domain in ("test", "local"):
    email_validator.SPECIAL_USE_DOMAIN_NAMES.remove(_domain)


class InvalidEmail(ValueError):
    """The text is not an email address; the message says why."""


class Email(Struct, frozen=True):
    """An address as it was sent, trimmed, and the key by which entries and purchases are matched."""

    address: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "Email":
        """Parse an address; no DNS lookup is made.

        Raises:
            InvalidEmail: not an address, or longer than 254 characters, or than 64 before the @-sign.
        """
        address = unicodedata.normalize("NFC", trim(text))
        if len(address) > MAX_EMAIL_LENGTH:
            raise InvalidEmail(f"An email address has at most {MAX_EMAIL_LENGTH} characters.")
        local, at, domain = address.rpartition("@")
        if len(local) > MAX_LOCAL_LENGTH:
            raise InvalidEmail(f"An email address has at most {MAX_LOCAL_LENGTH} characters before the @-sign.")
        if local and not local.strip("."):
            raise InvalidEmail("An email address has more than dots before the @-sign.")
        if _plain_local.fullmatch(local) and (ascii_domain := _ascii_domain_of_plain(domain)):
            return cls(address, f"{local.lower()}@{ascii_domain}")
        try:
            # Dots may stand anywhere before the @-sign: Japanese carriers handed such addresses out.
            ascii_domain = _ascii_domain(f"{local.replace('.', 'q')}{at}{domain}")
        except email_validator.EmailNotValidError as error:
            raise InvalidEmail(str(error)) from None
        return cls(address, f"{_casefolded(local)}@{ascii_domain}")

    @property
    def near_key(self) -> str:
        """The key that likely misspellings share: no plus-tag, no dots, a likely domain.

        ``Ada.Lovelace+shop@gmial.con`` and ``adalovelace@gmail.com`` have the same.
        """
        local, _, domain = self.key.rpartition("@")
        mailbox = local.partition("+")[0].replace(".", "") or local
        return f"{mailbox}@{_likely_domain(domain)}" if domain else ""


class InvalidPhone(ValueError):
    """The text is not a phone number; the message says why."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as it was sent, trimmed, and the key by which numbers are compared."""

    number: str
    key: str

    @classmethod
    def parse(cls, text: str) -> "Phone":
        """Parse a number. Its key is its digits and a leading +; how they are grouped does not matter.

        Raises:
            InvalidPhone: fewer than 5 digits, or longer than 40 characters.
        """
        number = trim(text)
        if len(number) > MAX_PHONE_LENGTH:
            raise InvalidPhone(f"A phone number has at most {MAX_PHONE_LENGTH} characters.")
        plain = _trunk_zero.sub(r"\1", _tel_parameters.sub(r"\1", unicodedata.normalize("NFKC", number)))
        digits = "".join(str(unicodedata.decimal(character, "")) for character in plain)
        if len(digits) < LEAST_DIGITS:
            raise InvalidPhone(f"A phone number has at least {LEAST_DIGITS} digits.")
        return cls(number, f"+{digits}" if re.match(r"\D*\+", plain) else digits)


NO_EMAIL, NO_PHONE = Email("", ""), Phone("", "")


def _ascii_domain(address: str) -> str:
    """The domain of a valid address, in lower case; a check takes as long as a fifth of a call."""
    parts = email_validator.validate_email(address, check_deliverability=False)
    return str(parts.ascii_domain).lower()


@lru_cache(maxsize=KEPT_DOMAINS)
def _ascii_domain_of_plain(domain: str) -> str | None:
    """The domain in lower case; None for one that is not plain or not valid."""
    if not _plain_domain.fullmatch(domain):
        return None
    try:
        return _ascii_domain(f"q@{domain}")
    except email_validator.EmailNotValidError:
        return None


def _casefolded(text: str) -> str:
    """The text without case. Casefolding can decompose a letter that NFC composed, so NFC is applied again."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _likely_domain(domain: str) -> str:
    """The common domain at an edit distance of 1, or else this one."""
    domain = _slipped_ending.sub(".com", domain)
    likely = next((common for common in COMMON_DOMAINS if OSA.distance(domain, common, score_cutoff=1) <= 1), domain)
    return SAME_MAILBOX.get(likely, likely)


def masked(address: str) -> str:
    """“j•••@example.com”: its owner recognises it, nobody else can use it."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def distance(first: str, second: str) -> int:
    """The edit distance of two address keys: insertions, deletions, substitutions and swaps of neighbours."""
    return OSA.distance(first, second)


def words_of(name: str) -> list[str]:
    """The search words of a name: casefolded, without duplicates, in order."""
    words = re.findall(r"\w+", _casefolded(name))
    return list(dict.fromkeys(word[:MAX_WORD_LENGTH] for word in words))[:MAX_WORDS]


def search_key(text: str) -> str:
    """The key to search for when someone types an address or the beginning of one."""
    try:
        return Email.parse(text).key
    except InvalidEmail:
        return _casefolded(trim(text))
