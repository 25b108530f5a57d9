"""The columns of CSV files with entries.

Recognised are the usual headings in several languages, and those of the customer exports of Shopify, Mailchimp,
Klaviyo, WooCommerce and Google Contacts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from blitzrocket.spreadsheets.csv_table import CsvTable, FileRow, Vocabulary
from blitzrocket.text import trim

VALUE_SEPARATOR = ":::"  # between several values in a cell of Google Contacts
_numbers = range(1, 6)

EMAIL = (
    (
        "email", "email address", "mail", "mail address", "e-mail-adresse", "mailadresse", "courriel",
        "adresse e-mail", "adresse mail", "adresse électronique", "adresse de courriel", "correo",
        "correo electrónico", "dirección de correo", "dirección de correo electrónico", "dirección de email",
        "indirizzo e-mail", "indirizzo email", "posta elettronica", "indirizzo di posta elettronica",
        "endereço de e-mail", "endereço de email", "correio eletrónico", "correio eletrônico", "e-mailadres",
        "e-post", "e-postadress", "e-postadresse", "sähköposti", "adres e-mail", "adres email", "e-mailová adresa",
        "adresse courriel", "adresse de messagerie", "correo-e", "email id", "e-posta", "e-posta adresi",
        "электронная почта", "почта", "メールアドレス", "メール", "电子邮件", "邮箱",
    ),
    (
        "user email", "customer email", "customer email address", "client email", "contact email", "subscriber email",
        "member email", "participant email", "kunden e-mail", "account email", "primary email",
        "primary email address",
    ),
    ("billing email", "billing email address", "billing: email", "billing address email"),
    *((f"e-mail {number} - value", f"e-mail {number} address", f"email {number}") for number in _numbers),
    ("shipping email", "personal email", "work email"),
)  # fmt: skip
PHONE = (
    (
        "phone", "phone number", "telephone", "telephone number", "tel", "tel no", "telefon", "telefonnummer",
        "rufnummer", "téléphone", "numéro de téléphone", "teléfono", "número de teléfono", "telefono",
        "numero di telefono", "telefone", "número de telefone", "telefoonnummer", "telefoon", "puhelin",
        "numer telefonu", "телефон", "電話番号", "电话",
    ),
    (
        "mobile", "mobile phone", "mobile number", "mobile phone number", "cell", "cell phone", "handy",
        "handynummer", "mobil", "mobilnummer", "mobiltelefon", "portable", "móvil", "teléfono móvil", "celular",
        "cellulare", "whatsapp", "sms number", "primary phone",
    ),
    ("customer phone", "contact phone", "user phone"),
    ("billing phone", "billing: phone"),
    ("default address phone",),
    *((f"phone {number} - value", f"phone {number}") for number in _numbers),
    ("shipping phone", "home phone", "business phone", "work phone"),
)  # fmt: skip
SPELLINGS = {
    "email": EMAIL,
    "phone": PHONE,
    "name": (
        (
            "name", "full name", "vollständiger name", "nom complet", "nombre completo", "nome completo", "naam",
            "nom et prénom", "prénom et nom", "nom prénom", "prénom nom", "nombre y apellidos", "nome e cognome",
            "nome e sobrenome", "vorname nachname", "vor- und nachname", "имя", "氏名", "名前", "姓名",
        ),
    ),
    "other_name": (("customer name", "contact name", "billing name", "billing full name"), ("display name",)),
    "first_name": (
        (
            "first name", "first", "given name", "forename", "fname", "vorname", "prénom", "nombre", "primeiro nome",
            "nome", "voornaam", "förnamn", "fornavn", "etunimi", "imię", "jméno",
        ),
        ("billing first name", "customer first name"),
    ),
    "middle_name": (("middle name", "additional name"),),
    "last_name": (
        (
            "last name", "last", "family name", "surname", "lname", "nachname", "familienname", "nom",
            "nom de famille", "apellido", "apellidos", "cognome", "sobrenome", "apelido", "achternaam", "efternamn",
            "etternavn", "sukunimi", "nazwisko", "příjmení",
        ),
        ("billing last name", "customer last name"),
    ),
    "confirmed": (
        (
            "confirmed", "email confirmed", "verified", "email verified", "bestätigt", "e-mail bestätigt", "confirmé",
            "confirmado", "confermato", "bevestigd",
        ),
    ),
    "disqualified": (("disqualified", "is disqualified", "disqualifiziert", "disqualifié", "descalificado",
                      "squalificato", "desclassificado", "gediskwalificeerd"),),
    "referral_code": (("referral code", "ref code", "own referral code", "empfehlungscode", "code de parrainage"),),
    "referred_by": (("referred by", "invited by", "referrer", "referrer code", "referred by code", "geworben von",
                     "parrainé par"),),
    "points": (("points", "points total", "total points", "points balance", "loyalty points", "reward points",
                "current points", "punkte", "punktestand", "puntos", "punti", "pontos",
                "punten"),),
}  # fmt: skip
VOCABULARY = Vocabulary(SPELLINGS, required=[("email", "phone")], example="email,name,phone")
PARTS_OF_NAME = ("first_name", "middle_name", "last_name")


@dataclass(frozen=True, slots=True)
class EntryFile:
    """A CSV file with entries."""

    table: CsvTable

    @classmethod
    def parse(cls, data: bytes) -> "EntryFile":
        """Parse the headings.

        Raises:
            UnreadableFile: as in `CsvTable.parse`, also where there is no column for email or phone.
        """
        return cls(CsvTable.parse(data, VOCABULARY))

    def rows(self) -> Iterator[FileRow]:
        """The rows, without empty ones, with one email, one phone number and one name each."""
        is_google_export = any(heading.endswith(" - Value") for heading in self.table.headings)
        for row in self.table.rows():
            values = row.values
            for meaning in ("email", "phone") if is_google_export else ():
                if VALUE_SEPARATOR in values.get(meaning, ""):
                    values[meaning] = next(filter(None, map(trim, values[meaning].split(VALUE_SEPARATOR))), "")
            parts = [values.pop(part, "") for part in PARTS_OF_NAME]
            name = values.get("name") or " ".join(filter(None, parts)) or values.get("other_name", "")
            values.pop("other_name", None)
            if name:
                values["name"] = name
            yield row
