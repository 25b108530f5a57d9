"""A plugin for pytest: a test fails when a secret that was made in it, or before it, stands in a log.

All that makes secrets is listened to: keys, passwords, sessions, links, tokens of forms, and what is encrypted to be
stored, such as secrets of stores and of authenticator apps. What is logged is searched after each test, and so is what
the web servers and background processes that tests started have printed since; both also for the forms of secrets that
other processes made.
"""

import logging
import re
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import MultiFernet

LEAST_LENGTH = 8  # a shorter one stands in texts by chance
WORDS = re.compile(r"[A-Za-z0-9_\-]{8,}")
# Of secrets made in another process, and headers that carry them.
FORMS = re.compile(
    r"""brk_(?:priv|pub)_[A-Za-z0-9]{16,}      # a whole API key; its prefix may be logged
    |   whsec_[A-Za-z0-9+/=]{16,}
    |   [?&]token=[A-Za-z0-9_\-]{16,}
    |   (?:sessionid|csrftoken|csrfmiddlewaretoken)['"]?\s*[=:]\s*['"]?[A-Za-z0-9]{16,}
    |   (?:authorization|x-webhook-secret)['"]?\s*[=:]\s*['"]?(?:bearer|basic)?\s*[A-Za-z0-9_\-+/=.]{8,}
    |   pbkdf2_sha256\$\d+\$""",
    re.IGNORECASE | re.VERBOSE,
)
TELLS_LOGINS = {"blitzrocket.devserver"}  # `make run` prints logins and keys of its demo data, for the person before it
_STANDARD = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "request", "taskName"}


class Secrets:
    """The secrets of this run: words, which are looked up, and the others, which are searched for."""

    def __init__(self) -> None:
        self.words: set[str] = set()
        self.phrases: set[str] = set()

    def add(self, secret: Any) -> None:
        secret = secret.decode() if isinstance(secret, bytes) else secret
        if isinstance(secret, list | tuple):
            for each in secret:
                self.add(each)
        elif isinstance(secret, str) and len(secret) >= LEAST_LENGTH:
            (self.words if WORDS.fullmatch(secret) else self.phrases).add(secret)

    def found_in(self, text: str) -> str:
        """The first that stands in a text, without its end; empty where none does."""
        secret = next((word for word in WORDS.findall(text) if word in self.words), "")
        secret = secret or next((phrase for phrase in self.phrases if phrase in text), "")
        if not secret and (form := FORMS.search(text)):
            secret = form[0]
        return f"{secret[:12]}…" if secret else ""


SECRETS = Secrets()


class Listener(logging.Handler):
    """Keeps what is logged until the end of the test."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        fields = [str(value) for name, value in vars(record).items() if name not in _STANDARD]
        trace = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
        self.lines.append((record.name, " ".join([record.getMessage(), *fields, trace])))


class Outputs:
    """The files into which programs print that go on, and how far each was read."""

    def __init__(self) -> None:
        self.read: dict[Path, int] = {}

    def new_lines(self) -> Iterator[tuple[str, str]]:
        for path, position in self.read.items():
            if path.exists() and path.stat().st_size > position:
                with path.open("rb") as file:
                    file.seek(position)
                    text = file.read()
                self.read[path] = position + len(text)
                yield from ((str(path.name), line) for line in text.decode("utf-8", "replace").splitlines())


LISTENER, OUTPUTS = Listener(), Outputs()


def listen(owner: Any, name: str, secret: Callable[[tuple[Any, ...], Any], Any]) -> None:
    """Add the secret of each call, which is told from its arguments and its result."""
    make = getattr(owner, name)

    @wraps(make)
    def listening(*arguments: Any, **options: Any) -> Any:
        result = make(*arguments, **options)
        SECRETS.add(secret(arguments, result))
        return result

    setattr(owner, name, listening)


def result_of(_arguments: tuple[Any, ...], result: Any) -> Any:
    return result


def first_of(arguments: tuple[Any, ...], _result: Any) -> Any:
    return arguments[1] if len(arguments) > 1 else None


def start_listening() -> None:
    """Once, when our models are loaded."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher  # noqa: PLC0415
    from django.contrib.sessions.backends.base import SessionBase  # noqa: PLC0415
    from django.middleware import csrf  # noqa: PLC0415

    from apikeys.models import ApiKey  # noqa: PLC0415
    from blitzrocket.accounts.models import Invitation, PasswordLink, TrustedBrowser  # noqa: PLC0415
    from blitzrocket.accounts.services import second_factor  # noqa: PLC0415

    for model in (Invitation, PasswordLink, TrustedBrowser):
        listen(model, "new_token", result_of)
    listen(ApiKey, "new_secret", result_of)
    listen(MultiFernet, "encrypt", first_of)  # of what is stored encrypted
    listen(PBKDF2PasswordHasher, "encode", first_of)  # of passwords that are set, and of those that are typed
    listen(SessionBase, "_get_new_session_key", result_of)
    listen(csrf, "_get_new_csrf_string", result_of)
    listen(csrf, "_mask_cipher_secret", result_of)
    listen(second_factor, "_new_recovery_codes", result_of)
    listen(second_factor, "new_secret", result_of)


def pytest_configure(config: pytest.Config) -> None:
    from tests.programs import Programs  # noqa: PLC0415

    start = Programs.start

    def start_and_read(programs: Any, arguments: list[str], environment: Any, log: Path) -> Any:
        if not TELLS_LOGINS & set(arguments):
            OUTPUTS.read.setdefault(log, log.stat().st_size if log.exists() else 0)
        return start(programs, arguments, environment, log)

    Programs.start = start_and_read  # type: ignore[assignment, method-assign]


@pytest.fixture(scope="session", autouse=True)
def _listening() -> None:
    start_listening()


@pytest.fixture(autouse=True)
def _no_secret_is_logged(request: pytest.FixtureRequest) -> Iterator[None]:
    root = logging.getLogger()
    if LISTENER not in root.handlers:  # a test may have configured the log anew
        root.addHandler(LISTENER)
    yield
    lines, LISTENER.lines = [*LISTENER.lines, *OUTPUTS.new_lines()], []
    for name, text in lines:
        if secret := SECRETS.found_in(text):
            pytest.fail(f"{request.node.nodeid}: “{name}” has logged the secret {secret}: {text[:300]}", pytrace=False)
