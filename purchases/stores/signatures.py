"""Signatures of deliveries. Comparisons take the same time for any signature."""

import base64
import binascii
import hashlib
import hmac
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

TOLERANCE = 300  # seconds, before and after: https://docs.stripe.com/webhooks#replay-attacks and Standard Webhooks
STANDARD_PREFIX = "whsec_"


class SignatureInvalid(Exception):
    """The delivery is not signed with a secret of the connection; the message says what is wrong."""


def check_base64_hmac(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Check the base64 form of the body's HMAC-SHA256.

    Raises:
        SignatureInvalid: no secret gives this signature.
    """
    expected = [base64.b64encode(_hmac(secret.encode(), body)) for secret in secrets]
    _check([signature.encode("utf-8", "replace")], expected)


def check_hex_hmac(body: bytes, signature: str, secrets: Sequence[str]) -> None:
    """Check the hexadecimal form of the body's HMAC-SHA256.

    Raises:
        SignatureInvalid: no secret gives this signature.
    """
    expected = [_hmac(secret.encode(), body).hex().encode() for secret in secrets]
    _check([signature.encode("utf-8", "replace")], expected)


def check_stripe(body: bytes, header: str, secrets: Sequence[str], now: datetime) -> None:
    """Check a ``Stripe-Signature`` header, which has a time and one or more v1 signatures.

    Raises:
        SignatureInvalid: the header has another form or is too old or too new, or no signature is valid.
    """
    check_timed_hex(body, header, secrets, now, time_name="t", signature_name="v1", between=",", after_time=".")


def check_timed_hex(
    body: bytes,
    header: str,
    secrets: Sequence[str],
    now: datetime,
    *,
    time_name: str,
    signature_name: str,
    between: str,
    after_time: str,
) -> None:
    """Check a header of pairs ``name=value`` with the time and signatures of time and body.

    Raises:
        SignatureInvalid: the header has another form or is too old or too new, or no signature is valid.
    """
    pairs = [item.split("=", 2)[:2] for item in header.split(between) if "=" in item]
    times = [value for name, value in pairs if name == time_name]
    signatures = [value for name, value in pairs if name == signature_name]
    if not times or not signatures:
        raise SignatureInvalid("The signature header has no time or no signature.")
    sent_at = _whole_seconds(times[0])
    signed = f"{sent_at}{after_time}".encode() + body
    expected = [_hmac(secret.encode(), signed).hex().encode() for secret in secrets]
    _check([signature.encode("utf-8", "replace") for signature in signatures], expected)
    _check_time(sent_at, now)


def check_standard(body: bytes, headers: Mapping[str, str], secrets: Sequence[str], now: datetime) -> None:
    """Check the headers of https://www.standardwebhooks.com, version v1 with a shared secret.

    Raises:
        SignatureInvalid: a header is missing or has another form, the time is too old or too new, or no signature is
            valid.
    """
    delivery_id, time_sent, signatures = (
        headers.get(name, "") for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    if not (delivery_id and time_sent and signatures):
        raise SignatureInvalid("One of webhook-id, webhook-timestamp and webhook-signature is missing.")
    sent_at = _seconds(time_sent)
    _check_time(sent_at, now)
    signed = f"{delivery_id}.{math.floor(sent_at)}.".encode("utf-8", "replace") + body
    keys = [key for secret in secrets if (key := _standard_key(secret))]
    if not keys:
        raise SignatureInvalid("The connection's secret is not base64.")
    _check(_decoded(signatures), [_hmac(key, signed) for key in keys])


def _standard_key(secret: str) -> bytes:
    """The bytes of a Standard Webhooks secret, such as ``whsec_MfKQ…``; empty where it is not base64."""
    try:
        return base64.b64decode(secret.removeprefix(STANDARD_PREFIX) + "==")
    except (binascii.Error, ValueError):
        return b""


def _decoded(signatures: str) -> list[bytes]:
    """The v1 signatures of a list such as ``v1,aaa= v1a,bbb=``."""
    decoded = []
    for item in signatures.split(" "):
        version, _, signature = item.partition(",")
        if version == "v1":
            try:
                decoded.append(base64.b64decode(signature))
            except (binascii.Error, ValueError):
                continue
    return decoded


def _hmac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, hashlib.sha256)


def _check(signatures: Iterable[bytes], expected: Sequence[bytes]) -> None:
    matches = [hmac.compare_digest(signature, valid) for signature in signatures for valid in expected]
    if not any(matches):
        raise SignatureInvalid("The signature does not match the body and the connection's secret.")


def _whole_seconds(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise SignatureInvalid("The signature's time is not a number of seconds.") from None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not math.isfinite(seconds):
        raise SignatureInvalid("The signature's time is not a number of seconds.")
    return seconds


def _check_time(sent_at: float, now: datetime) -> None:
    """Compared as numbers: a time beyond the year 9999 is no datetime, and a very long one no float."""
    if not -TOLERANCE <= sent_at - int(now.timestamp()) <= TOLERANCE:
        raise SignatureInvalid(f"The delivery was signed more than {TOLERANCE} seconds ago, or in the future.")
