"""A release's code that answers API calls, as an archive: it is run on the tables of later versions."""

import tarfile
from pathlib import Path

APPS = ("apikeys", "blitzrocket", "contests", "purchases")
BESIDE = ("gunicorn.conf.py", "manage.py", "pyproject.toml")
LEFT_OUT = "blitzrocket/devserver/"


def pack(root: Path, archive: Path) -> None:
    """Write the code below ``root``; the same code gives the same bytes."""
    names = [path.relative_to(root).as_posix() for app in APPS for path in (root / app).rglob("*.py")]
    with tarfile.open(archive, "w:xz", preset=9) as tar:
        for name in sorted([*BESIDE, *(name for name in names if not name.startswith(LEFT_OUT))]):
            tar.add(root / name, name, filter=_without_chance)


def unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11 has it since 3.11.4
        tar.extractall(folder)  # noqa: S202  (an archive of our own)


def _without_chance(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without what differs from one checkout to the next."""
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode = 0o644
    return member
