"""What a provider fills in: how its deliveries are verified, and what they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

from purchases.stores.events import Event
from purchases.stores.payload import Payload, read_object
from purchases.stores.secrets import new_secret


@dataclass(frozen=True)
class Delivery:
    """A request as received; the names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @cached_property
    def payload(self) -> Payload:
        """The body as a JSON object.

        Raises:
            UnusableDelivery: it is something else.
        """
        return read_object(self.body)


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

    # Worked out once: parsing an order asks for each several times.
    _values: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_values", {option.name: self._value_of(option) for option in self.options})

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def _value_of(self, option: Option) -> str:
        chosen = self.chosen.get(option.name)
        return chosen if chosen in dict(option.choices) else option.default


class SecretSource(StrEnum):
    """Who makes the secret that signs a store's deliveries."""

    STORE = "store"  # it shows the secret, and the owner enters it here
    US = "us"  # we make it, and the owner enters it in the store
    EITHER = "either"


class SecretUnusable(ValueError):
    """The text is no secret of this store; the message says what one looks like."""


class StoreKind:
    """A kind of store, as the form that connects one shows it."""

    kind: ClassVar[str]  # part of its URL
    title: ClassVar[str]
    about: ClassVar[str] = "Orders, refunds and cancellations"
    topics: ClassVar[tuple[str, ...]]  # to subscribe to, in the store's own words
    options: ClassVar[tuple[Option, ...]] = ()
    secret_source: ClassVar[SecretSource]
    credential_label: ClassVar[str]  # what the store calls the secret
    steps: ClassVar[tuple[str, ...]]  # what to do in the store, in its own words
    urls: ClassVar[tuple[tuple[str, str], ...]] = (("URL", "/api/webhooks/{kind}/{connection_id}"),)
    position: ClassVar[int] = 50  # in lists of stores; those with the same are sorted by title

    def paths(self, contest_id: str, connection_id: str) -> list[tuple[str, str]]:
        """The paths that the store calls, each with its label."""
        ids = {"kind": self.kind, "contest_id": contest_id, "connection_id": connection_id}
        return [(label, path.format(**ids)) for label, path in self.urls]

    def new_secret(self) -> str:
        """A secret that the store takes."""
        return new_secret()

    def check_secret(self, secret: str) -> None:
        """Check the form of a secret that an owner entered.

        Raises:
            SecretUnusable: the store makes no such secrets.
        """


class Provider(StoreKind):
    """A store that signs its deliveries. Subclasses verify and parse; all else is the same for each."""

    def verify(self, delivery: Delivery, secrets: Sequence[str]) -> None:
        """Check the signature.

        Raises:
            SignatureInvalid: it is missing or invalid.
        """
        raise NotImplementedError

    def is_ping(self, delivery: Delivery) -> bool:
        """Whether it only tests the address, without a signature: it is answered 200 and not kept."""
        return False

    def delivery_id(self, delivery: Delivery) -> str:
        """The provider's id of this delivery, the same for each retry; empty where it cannot be trusted."""
        return ""

    def topic(self, delivery: Delivery) -> str:
        """The kind of event in the store's own words, or empty."""
        return ""

    def as_of(self, delivery: Delivery) -> datetime | None:
        """The store's time of what the delivery says, where deliveries of an order may overtake each other."""
        return None

    def parse(self, delivery: Delivery, options: Options) -> Sequence[Event]:
        """What the delivery says, in the order in which it happened.

        Raises:
            UnusableDelivery: a value is missing or invalid.
        """
        raise NotImplementedError
