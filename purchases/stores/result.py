"""What became of an event of a delivery."""

from dataclasses import dataclass

from purchases.models.stores import StoreDelivery

State = StoreDelivery.State


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an event; ``waits_for`` are the ids of its order where that is not known yet."""

    state: State
    message: str
    order_id: str = ""
    waits_for: tuple[str, ...] = ()
