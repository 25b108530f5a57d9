"""A plugin for pytest: when Python searches for garbage.

Not while all that is loaded and collected stays, and what lives as long as the process is not gone through again. Going
through Django, its models and the collected tests took a sixth of the CPU time of tests of pages.
"""

import gc

import pytest
from _pytest.unraisableexception import gc_collect_iterations_key

gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """A process that runs tests for another one has said all at its end: nobody would hear of errors in its garbage."""
    if hasattr(config, "workerinput"):
        config.stash[gc_collect_iterations_key] = 0


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop() -> None:
    """From now on, less often than Python does by itself."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    gc.enable()
