"""Where and with what was measured: figures of two machines or versions are not to be compared."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from bench.pgbench import GENERIC_PLANS
from bench.servers import ROOT

LIBRARIES = (
    *("django", "djangorestframework", "psycopg", "gunicorn", "granian", "msgspec"),
    *("fastapi", "pydantic", "uvicorn", "uvloop", "httptools", "asyncpg", "flask"),
)
BUSY = 0.3  # load of others, per core, from which figures are not to be trusted


def facts(settings: dict[str, str]) -> dict[str, str]:
    """What a reader of the figures has to know."""
    postgres = settings["server_version"]
    other_settings = ", ".join(f"{name} = {value}" for name, value in settings.items() if name != "server_version")
    return {
        "Measured": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {commit()}",
        "Machine": f"{cpu_model()}, {os.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "PostgreSQL": f"{postgres}: {other_settings}",
        "pgbench": f"prepared statements, {GENERIC_PLANS}",
        "Libraries": ", ".join(f"{name} {installed(name)}" for name in LIBRARIES),
    }


def load_of_others() -> str:
    """A warning where the machine is busy before anything is started; else empty."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    return f"The machine was busy before the start (load {load:.1f} on {cores} cores)." if load / cores > BUSY else ""


def cpu_model() -> str:
    """The processor's name, where Linux says it."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def commit() -> str:
    """The commit that is checked out; with a plus where files differ from it."""
    git = ["git", "-C", str(ROOT)]
    result = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    if result.returncode:
        return "unknown"
    changed = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True, check=False).stdout
    return result.stdout.strip() + ("+" if changed else "")
