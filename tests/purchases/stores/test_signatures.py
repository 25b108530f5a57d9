"""Signatures of deliveries: ours and the packages of their makers agree, on 10,000 headers each in the long profile."""

import base64
import contextlib
from datetime import UTC, datetime
from typing import Any

import standardwebhooks
import stripe
from hypothesis import example, given, settings
from hypothesis import strategies as st

from purchases.stores.signatures import SignatureInvalid, check_standard, check_stripe
from tests.profiles import times

FAR = 300
SIGNATURE = 3  # of the headers below
KEY = base64.b64encode(b"for these tests only").decode()
HOOK = standardwebhooks.Webhook(KEY)
bodies = st.text(max_size=40).map(str.encode)  # the packages take no others
shifts = st.sampled_from([0, -250, 250, -350, 350, -(10**6), 10**6])
flips = st.none() | st.integers(0, 400)
junk = st.text(st.characters(max_codepoint=0xFF, exclude_characters="\r\n\0"), max_size=40)
names = st.sampled_from(["t", "v1", "v0", ""])
values = st.text(st.characters(max_codepoint=0x7F, exclude_characters="\r\n\0,"), max_size=40)
pairs = st.lists(st.tuples(names, values).map("=".join), min_size=1, max_size=3).map(",".join)


def damaged(text: str, place: int | None) -> str:
    """The text with one character changed."""
    if place is None or not text:
        return text
    place %= len(text)
    return text[:place] + ("0" if text[place] != "0" else "1") + text[place + 1 :]


def is_accepted(check: Any, *arguments: Any) -> bool:
    try:
        check(*arguments)
    except SignatureInvalid:
        return False
    return True


def stripe_accepts(body: bytes, header: str) -> bool:
    with contextlib.suppress(stripe.SignatureVerificationError, UnicodeDecodeError):
        return bool(stripe.WebhookSignature.verify_header(body, header, KEY, 300))
    return False


def test_stripe() -> None:
    compared = 0

    @settings(max_examples=times(80, 6000))
    @given(body=bodies, shift=shifts, flip=flips, extra=pairs | pairs | junk)
    @example(body=b"{}", shift=0, flip=None, extra="t=" + "9" * 500)
    @example(body=b"{}", shift=0, flip=None, extra="=,v1=é,v1")
    def check(body: bytes, shift: int, flip: int | None, extra: str) -> None:
        nonlocal compared
        now = int(datetime.now(UTC).timestamp())
        valid = stripe.WebhookSignature.generate_signature_header(body.decode(), KEY, now + shift)
        for header in (damaged(valid, flip), f"{valid},{extra}", f"{extra},{valid}", extra):
            own_result = is_accepted(check_stripe, body, header, [KEY], datetime.fromtimestamp(now, UTC))
            # Theirs also accepts what was signed in the future, refuses the whole header for a part without “=”, and
            # fails for a signature that is not ASCII.
            if shift > FAR:
                assert not own_result
            elif header.isascii() and all("=" in item for item in header.split(",")):
                compared += 1
                assert own_result == stripe_accepts(body, header), header

    check()
    assert compared >= times(50, 10_000)


def standard_accepts(body: bytes, headers: dict[str, str]) -> bool:
    with contextlib.suppress(standardwebhooks.WebhookVerificationError, ValueError):
        HOOK.verify(body, headers, json_parse=False)
        return True
    return False


def test_standard_webhooks() -> None:
    compared = 0

    @settings(max_examples=times(100, 6000))
    @given(body=bodies, shift=shifts, flip=flips, extra=junk, part=st.integers(0, 3))
    @example(body=b"{}", shift=0, flip=None, extra="1e400", part=2)
    @example(body=b"{}", shift=0, flip=None, extra="v1,a", part=3)
    def check(body: bytes, shift: int, flip: int | None, extra: str, part: int) -> None:
        nonlocal compared
        now = int(datetime.now(UTC).timestamp())
        valid = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(now + shift),
            "webhook-signature": HOOK.sign("msg_1", datetime.fromtimestamp(now + shift, UTC), body.decode()),
        }
        name = ["", *valid][part]
        for headers in (valid, valid | ({name: damaged(valid[name], flip)} if name else {}), valid | {name: extra}):
            own_result = is_accepted(check_standard, body, headers, [KEY], datetime.fromtimestamp(now, UTC))
            # Theirs refuses all signatures of a header for one without a comma or that is not base64.
            if part != SIGNATURE or headers is valid:
                compared += 1
                assert own_result == standard_accepts(body, headers), headers
            elif standard_accepts(body, headers):
                assert own_result, headers

    check()
    assert compared >= times(100, 10_000)
