"""Locks on orders, held until the transaction ends.

Recording an order takes its lock shared; holding it, saving a pending refund, and users' actions on it take it
exclusively. Entries are locked before it, purchases and rejected orders after it.

The lock is one of PostgreSQL's advisory locks. Its key is 59 bits of the contest's hash and 5 bits of the order's, so
that no two contests share a lock, and a transaction on one contest holds at most `LOCKS_PER_CONTEST`: fewer than
`max_locks_per_transaction` (64), so that PostgreSQL's lock table has room for them on every connection. Two orders of
a contest may share a lock; they wait for each other, which is slower and never wrong.

Advisory locks belong to one server. Where a contest's rows lie on another, the lock has to be taken there, so each
statement that takes one also reads a row of the contest.
"""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import blake2b

from blitzrocket.postgres.statements import send

LOCKS_PER_CONTEST = 32  # a power of two
KEPT_CONTESTS = 1000
_BUCKET = LOCKS_PER_CONTEST - 1


def order_lock_key(contest_id: str, order_id: str) -> int:
    """The key of an order's lock, a signed 64-bit number."""
    return _contest_part(contest_id) | _hash(order_id) & _BUCKET


def lock_order(contest_id: str, order_id: str) -> None:
    """Lock one order exclusively."""
    lock_orders(contest_id, [order_id])


def lock_orders(contest_id: str, order_ids: Iterable[str], *, shared: bool = False) -> None:
    """Lock several orders of a contest."""
    # Deadlocks: two transactions with the same orders in another order. All take the locks in the order of their keys.
    keys = sorted({order_lock_key(contest_id, order_id) for order_id in order_ids})
    function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    send(_LOCK.format(function=function), {"contest": contest_id, "keys": keys})


# The count is one row, also for a contest whose rules were never published.
_LOCK = """
    SELECT {function}(orders.key)
    FROM (SELECT count(*) FROM contests_ruleset WHERE contest_id = %(contest)s::text AND number = 1) contest
    CROSS JOIN unnest(%(keys)s::bigint[]) AS orders (key)
"""


@lru_cache(maxsize=KEPT_CONTESTS)
def _contest_part(contest_id: str) -> int:
    return _hash(contest_id) & ~_BUCKET


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)
