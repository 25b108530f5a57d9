"""People whom a system that signs by Standard Webhooks enters, by the same service as the API."""

from blitzrocket.audit.context import AuditContext
from blitzrocket.emails import NO_PHONE, Email, InvalidEmail, InvalidPhone, Phone
from blitzrocket.text import storable, trim
from contests.models.entry import MAX_NAME_LENGTH
from contests.services.entries import NewEntry, announce_reachable, sign_up
from purchases.models.stores import StoreConnection
from purchases.stores.events import EntrySignedUp, UnusableDelivery

SECONDS = 0.5  # for recording held orders; the background process records what is left


def add_entry(event: EntrySignedUp, connection: StoreConnection) -> str:
    """Add the person's entry, and record the orders that are on hold for it. Returns what became of it.

    Raises:
        UnusableDelivery: a value cannot be used; the message says which.
    """
    signed_up = sign_up(connection.contest, _new_entry(event), audit=AuditContext(api_key=connection.api_key))
    announce_reachable([signed_up.entry], seconds=SECONDS)
    if signed_up.already_exists:
        return "The entry exists already."
    points = signed_up.points
    referral = f" Referral points: {points.advocate} for the advocate, {points.friend} for the friend."
    return "Entry added." + (referral if points.advocate or points.friend else "")


def _new_entry(event: EntrySignedUp) -> NewEntry:
    try:
        email = Email.parse(event.email)
        phone = Phone.parse(event.phone) if trim(event.phone) else NO_PHONE
    except (InvalidEmail, InvalidPhone) as error:
        raise UnusableDelivery(str(error)) from None
    name = trim(event.name)
    if len(name) > MAX_NAME_LENGTH:
        raise UnusableDelivery(f"name has at most {MAX_NAME_LENGTH} characters.")
    return NewEntry(email=email, name=storable(name), phone=phone, referral_code=storable(trim(event.referral_code)))
