"""How often Python searches for garbage: after more new objects than its own default of 700.

These are made by a few dozen orders of a batch, and loading the project makes a few hundred thousand that all stay:
searching among them takes a seventh of the time in which a command starts.
"""

import gc

NEW_OBJECTS = 20_000


def search_less_often() -> None:
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])


def leave_out_what_is_loaded() -> None:
    """It stays. Without this, each full search for garbage goes through all of it, in the middle of a call."""
    gc.collect()
    gc.freeze()
