"""Services for two-step verification: set up, check a code, turn off, reset, trust a browser.

Codes are those of RFC 6238, which authenticator apps show: six digits, new every 30 seconds. A code of the step before
or after counts too, because clocks differ; no code counts twice.
"""

import base64
import logging
import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import quote, urlencode

import segno
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from blitzrocket.accounts.models import RecoveryCode, SecondFactor, TrustedBrowser, User
from blitzrocket.accounts.models.sign_in import FailureCounter
from blitzrocket.accounts.services.own_events import record_for_teams
from blitzrocket.accounts.services.sessions import end_other_sessions
from blitzrocket.audit.context import AuditContext
from blitzrocket.audit.models import AuditEvent
from blitzrocket.encryption import SecretBox, SecretUnreadable
from blitzrocket.tokens import digest_of

logger = logging.getLogger(__name__)

ISSUER = "BlitzRocket"
SECRET_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
RECOVERY_CODES = 10
RECOVERY_GROUPS, GROUP_LENGTH = 4, 4
RECOVERY_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # 80 bits a code; no l, o, 0 and 1
ATTEMPTS, WINDOW = 5, timedelta(minutes=15)

secret_box = SecretBox(b"second factors")
Action = AuditEvent.Action


class WrongCode(Exception):
    """The code is wrong, too old or used before."""


def new_secret() -> str:
    """A secret as authenticator apps take it: base 32."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_in_groups(secret: str) -> str:
    """The secret in groups of four, to be typed."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def qr_code(secret: str, username: str) -> str:
    """The QR code that an authenticator app reads, as SVG."""
    label = quote(f"{ISSUER}:{username}")
    query = urlencode({"secret": secret, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS})
    code = segno.make(f"otpauth://totp/{label}?{query}", error="m", micro=False)
    svg: str = code.svg_inline(scale=5, border=4, dark="#000", light="#fff", title="QR code", omitsize=True)
    return svg


def accepted_step(secret: str, code: str, *, after: int = 0) -> int | None:
    """The time step of a right code, None for a wrong one; codes up to the step ``after`` were used before."""
    digits = "".join(code.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    totp = TOTP(base64.b32decode(secret), STEP_SECONDS, 0, DIGITS)
    totp.time = timezone.now().timestamp()
    return totp.t() if totp.verify(int(digits), tolerance=1, min_t=after + 1) else None


def has_second_factor(user: User) -> bool:
    return SecondFactor.objects.filter(user=user).exists()


def code_counter(user: User) -> FailureCounter:
    """The counter of wrong codes of a user, from all addresses together: codes are short."""
    return FailureCounter("~code", str(user.pk), ATTEMPTS, WINDOW)


@transaction.atomic
def check_code(user: User, code: str) -> None:
    """Accept a code of the authenticator app once.

    Raises:
        WrongCode: it is not accepted.
    """
    # Race: the same code arrives twice at once. The second waits for the row, and then finds the step used.
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        raise WrongCode
    try:
        step = accepted_step(secret_box.decrypt(factor.secret), code, after=factor.last_step)
    except SecretUnreadable:
        logger.warning("no key of STORE_SECRET_KEYS fits an authenticator app's secret", extra={"user": user.pk})
        raise WrongCode from None
    if step is None:
        raise WrongCode
    factor.last_step = step
    factor.save(update_fields=["last_step"])


@transaction.atomic
def use_recovery_code(user: User, code: str) -> int:
    """Use up a recovery code and return how many are left.

    Raises:
        WrongCode: there is no such code.
    """
    digest = digest_of("".join(character for character in code.lower() if character in RECOVERY_ALPHABET))
    # Race: the same code arrives twice at once. Only one of the two deletes the row.
    if not RecoveryCode.objects.filter(user=user, digest=digest).delete()[0]:
        raise WrongCode
    record_for_teams(user, Action.RECOVERY_USED, AuditContext(user=user))
    return RecoveryCode.objects.filter(user=user).count()


@transaction.atomic
def turn_on(user: User, secret: str, code: str, *, session_key: str | None) -> list[str]:
    """Turn on two-step verification with a first code; return the recovery codes, which are shown only now.

    The user's other sessions end, because they began without the second step.

    Raises:
        WrongCode: the app shows other codes; nothing is turned on.
    """
    step = accepted_step(secret, code)
    if step is None:
        raise WrongCode
    # Race: two tabs finish at once. The user's row makes one wait, and it replaces the other's secret.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    SecondFactor.objects.filter(user=user).delete()
    SecondFactor.objects.create(user=user, secret=secret_box.encrypt(secret), last_step=step)
    end_other_sessions(user, session_key)
    record_for_teams(user, Action.TWO_STEP_ON, AuditContext(user=user))
    return _new_recovery_codes(user)


@transaction.atomic
def renew_recovery_codes(user: User) -> list[str]:
    """Replace the recovery codes; the earlier ones no longer work."""
    record_for_teams(user, Action.RECOVERY_RENEWED, AuditContext(user=user))
    return _new_recovery_codes(user)


@transaction.atomic
def turn_off(user: User, *, session_key: str | None) -> None:
    """Turn off two-step verification for a user who has proved who they are; other sessions end."""
    _remove(user, session_key)
    record_for_teams(user, Action.TWO_STEP_OFF, AuditContext(user=user))


@transaction.atomic
def reset(user: User, *, audit: AuditContext) -> bool:
    """Turn off two-step verification of someone who lost their phone; False where it is off.

    All their sessions end: who has the phone may have a session too.
    """
    if not has_second_factor(user):
        return False
    _remove(user, None)
    record_for_teams(user, Action.TWO_STEP_RESET, audit)
    return True


def trust_browser(user: User) -> str:
    """A token by which the user's browser skips the second step for a while."""
    now = timezone.now()
    browser = TrustedBrowser(user=user)
    token = browser.new_token(now)
    browser.save()
    return token


def is_trusted(user: User, token: str) -> bool:
    """Whether a browser with this token skips the second step."""
    rows = TrustedBrowser.objects.filter(user=user, digest=digest_of(token), expires_at__gt=timezone.now())
    return bool(token) and rows.exists()


def stored_second_factors() -> Iterator[tuple[str, SecretBox, str]]:
    """All stored secrets, each with its user's name and what encrypts it."""
    for username, text in SecondFactor.objects.order_by("pk").values_list("user__username", "secret").iterator():
        yield username, secret_box, text


def reencrypt_second_factors(on_row: Callable[[], None] = lambda: None) -> tuple[int, list[str]]:
    """Encrypt all secrets with the first key; of a run that was interrupted, the next goes on.

    Returns how many were encrypted with another key, and the user names of those that no key fits.
    """
    done, unreadable = 0, []
    for factor in SecondFactor.objects.select_related("user").order_by("pk").iterator():
        on_row()
        try:
            secret = secret_box.reencrypt(factor.secret)
        except SecretUnreadable:
            unreadable.append(factor.user.username)
            continue
        if secret == factor.secret:
            continue
        # Race: it was set up again meanwhile, and is encrypted with the first key.
        done += SecondFactor.objects.filter(pk=factor.pk, secret=factor.secret).update(secret=secret)
    return done, unreadable


def _new_recovery_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["-".join(_random_group() for _ in range(RECOVERY_GROUPS)) for _ in range(RECOVERY_CODES)]
    rows = [RecoveryCode(user=user, digest=digest_of(code.replace("-", ""))) for code in codes]
    RecoveryCode.objects.bulk_create(rows)
    return codes


def _random_group() -> str:
    return "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(GROUP_LENGTH))


def _remove(user: User, session_key: str | None) -> None:
    SecondFactor.objects.filter(user=user).delete()
    RecoveryCode.objects.filter(user=user).delete()
    end_other_sessions(user, session_key)
