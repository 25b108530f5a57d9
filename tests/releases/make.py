"""``make release-dump``: store a database of this version, for the upgrades of later ones.

It is made by the migrations and services of this version on a PostgreSQL of its own, and dumped as SQL; beside it stand
the API's answers, the contract that its description makes, its code, and digests of what no later version may change.
"""

import hashlib
import os
import random
import re
import secrets
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

import django
from django.core.management import call_command
from django.utils import timezone

from blitzrocket.devserver import environment
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres
from tests.clock import Clock
from tests.releases.code import pack
from tests.releases.contract import contract_of
from tests.releases.database import dump
from tests.releases.versions import FOLDER, ROOT

VERSION: str = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
# What no later version may change: how a database came to be, and how its purchases were scored.
FROZEN = ("*/migrations/0*.py", "blitzrocket/*/migrations/0*.py", f"tests/releases/{VERSION}.*")


def main() -> None:
    if not re.fullmatch(r"\d+\.\d+\.\d+", VERSION):
        sys.exit(f"{VERSION} in pyproject.toml is no released version")
    if (FOLDER / f"{VERSION}.sql").exists():
        sys.exit(f"tests/releases/{VERSION}.sql is there. Unless {VERSION} is published, remove it and start again.")
    with tempfile.TemporaryDirectory(prefix="blitzrocket-release-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another user
        database = EmbeddedPostgres(Path(folder), report=environment.report)
        database.start()
        try:
            write_release(database.url, Path(folder))
        finally:
            database.stop()


def write_release(url: str, folder: Path) -> None:
    os.environ |= {"DATABASE_URL": url, "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment.set_defaults()
    with repeatable() as clock:
        django.setup()
        call_command("migrate", verbosity=0)
        import_module("tests.releases.rows").fill(clock)
    text = dump(url)  # before its keys are used
    import_module("tests.releases.answers").save(FOLDER / f"{VERSION}.answers.json", folder / "log")
    lines = contract_of(import_module("tests.openapi").description())
    (FOLDER / f"{VERSION}.contract.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (FOLDER / f"{VERSION}.sql").write_text(text, encoding="utf-8")
    pack(ROOT, FOLDER / f"{VERSION}.code.tar.xz")
    digests = [f"{digest_of(path)}  {path.relative_to(ROOT)}\n" for path in frozen_files()]
    (FOLDER / f"{VERSION}.sha256").write_text("".join(digests), encoding="utf-8")


@contextmanager
def repeatable() -> Iterator[Clock]:
    """The same times, ids and secrets each time, so that a dump made again differs only where the release does.

    Entered before the models are imported, whose defaults keep the function that they find.
    """
    clock, chance = Clock(), random.Random(1)
    random.seed(1)
    with ExitStack() as patches:
        for module, name, value in (
            (timezone, "now", clock.now),
            (time, "time_ns", clock.nanoseconds),
            (os, "urandom", chance.randbytes),
            (secrets, "randbits", chance.getrandbits),
            (secrets, "choice", chance.choice),
            (secrets, "token_urlsafe", lambda length: f"{chance.getrandbits(8 * length):x}"),
        ):
            patches.enter_context(patch.object(module, name, value))
        yield clock


def frozen_files() -> list[Path]:
    paths = {path for pattern in FROZEN for path in ROOT.glob(pattern) if path.suffix != ".sha256"}
    return sorted(paths)


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
