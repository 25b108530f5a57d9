"""Running a measurement as a command: it stops what it started, and ends with a sentence."""

import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from bench.report import BenchError
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgresError


def run_command(name: str, run: Callable[[], None]) -> None:
    """Run it; each signal that would end the process raises KeyboardInterrupt, so that the servers are stopped.

    Raises:
        SystemExit: it was stopped, or failed.
    """
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signal_number, stop)
    try:
        run()
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except (BenchError, EmbeddedPostgresError) as error:
        sys.exit(f"{name}: {error}")


def stop(signal_number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
