"""A real nginx with settings from our documentation, where it is installed."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import ROOT


def settings_in(page: str, language: str) -> str:
    """The only block of a page of docs/ in that language."""
    (settings,) = re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)
    return str(settings)


def program(name: str) -> str:
    """The path of a proxy; the test is skipped where it is not installed, unless REQUIRE_PROXIES names it."""
    path = shutil.which(name)
    if path is None:
        assert name not in os.environ.get("REQUIRE_PROXIES", "").split()
        pytest.skip(f"{name} is not installed")
    return path


def nginx_command(settings: str, folder: Path) -> list[str]:
    """The command that runs nginx with these settings of ``http``, and all it writes in the folder."""
    folders = "".join(f"{kind}_temp_path {folder};" for kind in ("client_body", "proxy", "fastcgi", "scgi", "uwsgi"))
    file = folder / "settings"
    file.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {folders} {settings} }}"
    )
    return [program("nginx"), "-c", str(file), "-p", str(folder)]


@contextmanager
def running_proxy(command: list[str], folder: Path) -> Iterator[None]:
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()
