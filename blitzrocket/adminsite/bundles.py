"""Several style sheets or scripts in one file: a page asks for it once, while each stands in a file of its subject.

`STATIC_BUNDLES` names the files and what they are made of. `collectstatic` finds them as it finds others, so they get
a digest in their names; without it, they are made when a process lists its static files.
"""

import atexit
import os
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage


class BundleFinder(finders.BaseFinder):
    """Finds the files that `STATIC_BUNDLES` names."""

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path not in settings.STATIC_BUNDLES:
            return []
        bundle = str(bundles_folder() / path)
        return [bundle] if find_all else bundle

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        storage = FileSystemStorage(bundles_folder())
        return ((path, storage) for path in settings.STATIC_BUNDLES)


@cache
def bundles_folder() -> Path:
    """Where this process, and any that it forks, has its bundles until it ends."""
    folder = Path(mkdtemp(prefix="blitzrocket-static-"))
    atexit.register(_remove, folder, os.getpid())
    for path, parts in settings.STATIC_BUNDLES.items():
        bundle = folder / path
        bundle.parent.mkdir(parents=True, exist_ok=True)
        bundle.write_text("\n".join(map(_text_of, parts)), encoding="utf-8")
    return folder


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:
        shutil.rmtree(folder, ignore_errors=True)


def _text_of(part: str) -> str:
    file = finders.find(part)
    if not isinstance(file, str):
        raise ImproperlyConfigured(f"STATIC_BUNDLES lists {part}, and there is no such static file.")
    return Path(file).read_text(encoding="utf-8")
