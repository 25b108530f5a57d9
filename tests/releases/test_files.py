"""The files of a release stay as they are."""

import re

import pytest
from django.conf import settings

from tests.openapi import description
from tests.releases.make import digest_of
from tests.releases.versions import FOLDER, ROOT, releases_with

RELEASES = releases_with("sha256")
INSTEAD = "part of a published release. For a change of the database add a new migration; leave the rest as it was."


@pytest.mark.parametrize("version", RELEASES)
def test_migrations_and_rows_of_a_release_are_unchanged(version: str) -> None:
    lines = [line.split() for line in (FOLDER / f"{version}.sha256").read_text().splitlines()]
    changed = [path for digest, path in lines if not (ROOT / path).exists() or digest_of(ROOT / path) != digest]
    assert changed == [], f"{', '.join(changed)}: {INSTEAD}"
    assert {f"tests/releases/{version}.sql", "contests/migrations/0001_initial.py"} <= {path for _, path in lines}


@pytest.mark.parametrize("version", RELEASES)
def test_every_file_of_a_release_has_a_digest(version: str) -> None:
    named = set(re.findall(r"\S+$", (FOLDER / f"{version}.sha256").read_text(), re.M))
    stored = {path.relative_to(ROOT).as_posix() for path in FOLDER.glob(f"{version}.*") if path.suffix != ".sha256"}
    assert stored <= named


def test_a_version_is_released_with_its_files() -> None:
    assert settings.VERSION in RELEASES or settings.VERSION.partition(".dev")[1]


def test_one_version_is_named_everywhere() -> None:
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert newest is not None
    assert newest[1] == settings.VERSION.partition(".dev")[0] == description()["info"]["version"].partition(".dev")[0]
