"""What an empty list says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EmptyList:
    """A sentence or two, and where to go next: a label with an address, for those who may go there."""

    title: str
    text: str = ""
    link: tuple[str, str] | None = None
