"""Settings from environment variables. An invalid value stops the start with a sentence that names the variable."""

from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

_BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def required(name: str, what_for: str) -> str:
    """A required text; ``what_for`` completes the error message.

    Raises:
        ImproperlyConfigured: it is missing or empty.
    """
    value: str = env.str(name, "").strip()
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: {what_for} See docs/configuration.md.")
    return value


def texts(name: str, shortest: int = 1) -> list[str]:
    """Texts with commas between them; empty where there is none.

    Raises:
        ImproperlyConfigured: one has fewer than ``shortest`` characters.
    """
    values = [text.strip() for text in env.str(name, "").split(",") if text.strip()]
    if any(len(text) < shortest for text in values):
        raise ImproperlyConfigured(f"{name} has a text of fewer than {shortest} characters: write longer ones.")
    return values


def boolean(name: str, default: bool) -> bool:
    """True or false, in the usual words.

    Raises:
        ImproperlyConfigured: it is another word.
    """
    value = env.str(name, str(default)).strip().lower()
    if value not in _BOOLEANS:
        raise ImproperlyConfigured(f"{name} is {value!r}: write true or false.")
    return _BOOLEANS[value]


def whole_number(name: str, default: int, least: int = 0) -> int:
    """A whole number in decimal digits; an empty value is the default.

    Raises:
        ImproperlyConfigured: it is no number, or smaller than ``least``.
    """
    value = env.str(name, "").strip() or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is {value!r}: write a whole number, {least} or more.")
    return int(value)


def whole_number_or_none(name: str, least: int = 0) -> int | None:
    """A whole number, or None for an empty value.

    Raises:
        ImproperlyConfigured: as for `whole_number`.
    """
    return whole_number(name, least, least) if env.str(name, "").strip() else None


def count_or_boolean(name: str, most: int) -> int:
    """A count, where false is 0 and true is 1; 0 by default.

    Raises:
        ImproperlyConfigured: it is another word, or more than ``most``.
    """
    value = env.str(name, "").strip().lower() or "false"
    if value in _BOOLEANS:
        return int(_BOOLEANS[value])
    if not value.isascii() or not value.isdigit() or int(value) > most:
        raise ImproperlyConfigured(f"{name} is {value!r}: write true, false, or the number of proxies, {most} at most.")
    return int(value)


def choice(name: str, default: str, choices: tuple[str, ...]) -> str:
    """One of a few words; an empty value is the default.

    Raises:
        ImproperlyConfigured: it is another word.
    """
    value: str = env.str(name, "").strip() or default
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {value!r}: write one of {', '.join(choices)}.")
    return value


def site_url(name: str, *, is_required: bool) -> str:
    """The address of this service, such as ``https://points.example.com``; empty where it is not set.

    Raises:
        ImproperlyConfigured: it is required and missing, or no address without a path.
    """
    value = (required(name, "links in mails begin with it.") if is_required else env.str(name, "")).strip().rstrip("/")
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query):
        raise ImproperlyConfigured(f"{name} is {value!r}: write an address such as https://points.example.com.")
    return value


def database(name: str, url: str, pool: dict[str, Any], pooler: str) -> dict[str, Any]:
    """Django's settings of a database, for its address in that variable, behind a pooler of that mode or none.

    Raises:
        ImproperlyConfigured: it is of another kind than PostgreSQL.
    """
    config: dict[str, Any] = env.db_url_config(url)
    if config.get("ENGINE") != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{name} names another database than PostgreSQL: write postgresql://…")
    config |= {"ENGINE": "blitzrocket.postgres", "CONN_MAX_AGE": 0, "POOLER": pooler}
    prepare_threshold = 5 if pooler == "session" else None
    config.setdefault("OPTIONS", {}).update(pool=pool, prepare_threshold=prepare_threshold, connect_timeout=5)
    return config
