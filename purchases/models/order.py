"""The order id as the shop sends it, and the key by which people search for it."""

from django.db import models
from django.db.models import CharField

MAX_ORDER_ID_LENGTH = 255
MAX_ORDER_KEY_LENGTH = 3 * MAX_ORDER_ID_LENGTH  # upper case makes up to three characters of one
MAX_SENT_LENGTH = 300  # of a field as received; the rest is cut off


def order_key(order_id: str) -> str:
    """The search key: people type order ids with or without ``#``, in any case."""
    return order_id.strip().removeprefix("#").strip().upper()


def order_id_field() -> "CharField[str, str]":
    return models.CharField("order ID", max_length=MAX_ORDER_ID_LENGTH, db_collation="C")


def order_key_field() -> "CharField[str, str]":
    return models.CharField(max_length=MAX_ORDER_KEY_LENGTH, db_collation="C", editable=False)
