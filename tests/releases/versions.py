"""The versions of which files are stored here."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]


def releases_with(kind: str) -> list[str]:
    """The versions that have a file of this kind, such as ``1.0.0.sql``, the oldest first."""
    names = [path.name.removesuffix(f".{kind}") for path in FOLDER.glob(f"*.{kind}")]
    return sorted(names, key=lambda name: [int(number) for number in name.split(".")])
