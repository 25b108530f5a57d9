"""Processes beside the clients, which do what people do in the admin."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bench.report import BenchError
from bench.servers import ROOT
from faults.service import Service

END_SECONDS = 180


@contextmanager
def acting(service: Service, kind: str) -> Iterator[dict[str, int]]:
    """Have acts of a kind done until the end, which then are counted; see `faults.acts`.

    Raises:
        BenchError: the process failed.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "faults.acts", kind, service.target.contest_id],
        cwd=ROOT,
        env=service.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    counts: dict[str, int] = {}
    try:
        wait_until_ready(process, kind)
        yield counts
        output, errors = process.communicate("\n", timeout=END_SECONDS)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise BenchError(f"faults.acts {kind} failed:\n{errors}")
    counts |= json.loads(output)


def wait_until_ready(process: "subprocess.Popen[str]", kind: str) -> None:
    """Wait for its first act; it may wait for the end of others."""
    if process.stdout is None or process.stdout.readline() != "ready\n":
        _, errors = process.communicate()
        raise BenchError(f"faults.acts {kind} failed:\n{errors}")
