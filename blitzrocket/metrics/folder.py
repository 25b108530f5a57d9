"""The folder in which the processes of a web server add up what they count."""

import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def make_folder() -> None:
    """Make an empty folder for the web server that this process becomes, unless the environment names one."""
    if not os.environ.get(VARIABLE):
        os.environ[VARIABLE] = tempfile.mkdtemp(prefix="blitzrocket-metrics-")
    for file in Path(os.environ[VARIABLE]).glob("*.db"):  # of a server that was killed
        file.unlink(missing_ok=True)


def remove_folder() -> None:
    """Remove the folder at the end of the web server."""
    if folder := os.environ.get(VARIABLE):
        shutil.rmtree(folder, ignore_errors=True)


def forget_process(pid: int) -> None:
    """Leave out what a process that ended has in use. What it counted stays."""
    if not os.environ.get(VARIABLE):
        return
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  (see the package)

    mark_process_dead(pid)  # type: ignore[no-untyped-call]
