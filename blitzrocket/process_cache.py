"""Results that are the same for the life of a process: they follow from the code and its settings alone.

Nothing that belongs to a user, a team or a request may be in them. Settings change in tests only, which forgets them.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar, cast

from django.core.signals import setting_changed

Function = TypeVar("Function", bound=Callable[..., Any])


def once_a_process(function: Function) -> Function:
    """Call the function once for the same arguments, in each process."""
    cached = cache(function)

    def forget(**_: object) -> None:
        cached.cache_clear()

    setting_changed.connect(forget, weak=False)
    return cast("Function", cached)
