"""What a provider fills in: how its deliveries are verified, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from purchases.stores.events import Event


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request as received; the names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


@dataclass(frozen=True, slots=True)
class Option:
    """A choice that the owner of a connection has; the first is the default."""

    name: str
    label: str
    choices: tuple[tuple[str, str], ...]
    help_text: str = ""

    @property
    def default(self) -> str:
        return self.choices[0][0]


@dataclass(frozen=True, slots=True)
class Options:
    """The owner's choices by name; what is not chosen has its default."""

    options: Sequence[Option] = ()
    chosen: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        option = next(option for option in self.options if option.name == name)
        chosen = self.chosen.get(name)
        return chosen if chosen in dict(option.choices) else option.default


class Provider:
    """A kind of store. Subclasses verify and parse; all else is the same for each."""

    kind: ClassVar[str]
    title: ClassVar[str]
    topics: ClassVar[tuple[str, ...]]  # to subscribe to, in the store's own words
    options: ClassVar[tuple[Option, ...]] = ()
    makes_secret: ClassVar[bool] = True  # whether the store shows the secret, to be entered here; else we make one

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Check the signature.

        Raises:
            SignatureInvalid: it is missing or invalid.
        """
        raise NotImplementedError

    def delivery_id(self, delivery: Delivery) -> str:
        """The provider's id of this delivery, the same for each retry; empty where it cannot be trusted."""
        return ""

    def topic(self, delivery: Delivery) -> str:
        """The kind of event in the store's own words, or empty."""
        return ""

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        """What the delivery says, in the order in which it happened.

        Raises:
            UnusableDelivery: a value is missing or invalid.
        """
        raise NotImplementedError
