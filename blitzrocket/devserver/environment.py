"""Environment variables for ``make run`` on a machine where nothing is configured."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres, is_installed

SECRET_KEY_BYTES = 48

running: EmbeddedPostgres | None = None  # the embedded database, while a command runs on it


def data_dir() -> Path:
    """The folder of everything that BlitzRocket stores on this machine."""
    return Path(os.environ.get("DATA_DIR") or ".data")


@contextmanager
def environment(command: str) -> Iterator[None]:
    """Set missing variables, and keep the embedded database running during a command.

    Where ``DATABASE_URL`` is set, or the embedded PostgreSQL is not installed, defaults are only set for ``serve``, or
    where it ran before; otherwise the settings report what is missing.
    """
    global running
    if os.environ.get("DATABASE_URL") or not is_installed():
        if command == "serve" or (_secret_key_file().exists() and not os.environ.get("SECRET_KEY")):
            set_defaults()
        yield
        return
    running = EmbeddedPostgres(data_dir(), report=report)
    try:
        running.start()
        os.environ["DATABASE_URL"] = running.url
        # Programs of the same version as the server, for backups.
        os.environ["PATH"] = os.pathsep.join([str(running.binaries), os.environ.get("PATH", os.defpath)])
        set_defaults()
        yield
    finally:
        running.stop()


def set_defaults() -> None:
    """Set defaults for a server that only this machine reaches, over plain HTTP."""
    os.environ.setdefault("SECRET_KEY", _secret_key())
    os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
    os.environ.setdefault("HTTPS", "false")
    os.environ.setdefault("LOG_FORMAT", "text")


def report(text: str) -> None:
    """Print progress to standard error, so that a command's output stays clean."""
    print(text, file=sys.stderr, flush=True)


def write_private(path: Path, text: str) -> None:
    """Write a file atomically, readable only by its owner."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        unfinished.unlink()
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _secret_key_file() -> Path:
    return data_dir() / "secret_key"


def _secret_key() -> str:
    path = _secret_key_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, secrets.token_urlsafe(SECRET_KEY_BYTES))
    return path.read_text(encoding="utf-8")
