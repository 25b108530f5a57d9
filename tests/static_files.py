"""A plugin for pytest: a process lists the static files once.

Each `django.test.Client` makes the middleware anew, and whitenoise's then looks at 260 files and prepares the headers
of each: more work than most tests have besides. Neither the files nor the settings change within a run.
"""

from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]

_find_files = WhiteNoiseMiddleware.add_files_from_finders
_files: dict[str, Any] = {}


def pytest_configure() -> None:
    WhiteNoiseMiddleware.add_files_from_finders = _add_files


def _add_files(middleware: Any) -> None:
    if not _files:
        _find_files(middleware)
        _files.update(middleware.files)
    middleware.files.update(_files)
