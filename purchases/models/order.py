"""What all rows about an order share: its id as the shop sends it, and the key by which people look for it."""

from django.db import models
from django.db.models import CharField

MAX_ORDER_ID_LENGTH = 255
MAX_ORDER_KEY_LENGTH = 3 * MAX_ORDER_ID_LENGTH  # upper case makes up to three characters of one
MAX_SENT_LENGTH = 300  # of a field as it was sent; the rest is cut


def order_key(order_id: str) -> str:
    """What support searches by: people type order ids with or without ``#``, in any case."""
    return order_id.strip().removeprefix("#").strip().upper()


def order_id_field() -> "CharField[str, str]":
    return models.CharField("order id", max_length=MAX_ORDER_ID_LENGTH, db_collation="C")


def order_key_field() -> "CharField[str, str]":
    return models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
