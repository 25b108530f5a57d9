"""A disk of its own for PostgreSQL, which can be made full."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SIZE = 1 << 30  # bytes; a tmpfs takes what is used of it


class SmallDisk:
    """A folder; where this process may mount file systems, one of its own in memory."""

    def __init__(self, folder: Path, *, is_mounted: bool) -> None:
        self.folder, self.is_mounted = folder, is_mounted

    @contextmanager
    def full(self) -> Iterator[None]:
        """Have no space left on it: the disk shrinks to what is used."""
        while not self._resize(shutil.disk_usage(self.folder).used):  # Race: more is written meanwhile.
            pass
        try:
            yield
        finally:
            self._resize(SIZE)

    def _resize(self, size: int) -> bool:
        command = ["mount", "-o", f"remount,size={size}", str(self.folder)]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    folder = Path(tempfile.mkdtemp(prefix="blitzrocket-faults-"))
    folder.chmod(0o711)  # PostgreSQL may run as another user
    is_mounted = may_mount(folder)
    try:
        yield SmallDisk(folder, is_mounted=is_mounted)
    finally:
        if is_mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def may_mount(folder: Path) -> bool:
    """Mount a file system in memory there, if the system lets this process do so."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=711", "blitzrocket-faults", str(folder)]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
