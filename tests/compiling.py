"""A plugin for pytest: the test files are compiled once, before worker processes import them.

pytest rewrites the asserts of a test file before it compiles it. In a fresh checkout each worker would do so for each
file, all at the same time: four seconds of a processor in each of them.
"""

import multiprocessing
import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import PYC_TAIL, _read_pyc, _rewrite_test, _write_pyc, get_cache_dir, try_makedirs
from _pytest.assertion.rewrite import assertstate_key as state_key


def pytest_configure(config: pytest.Config) -> None:
    """In the process that only hands out tests to others, on all cores."""
    if not config.getoption("numprocesses", None) or sys.dont_write_bytecode:
        return
    files, cores = sorted(_files(config)), os.cpu_count() or 1
    fork = multiprocessing.get_context("fork")
    compiling = [fork.Process(target=_compile, args=(config, files[core::cores])) for core in range(cores)]
    for process in compiling:
        process.start()
    for process in compiling:
        process.join()


def _files(config: pytest.Config) -> Iterator[Path]:
    for argument in config.args:
        path = config.invocation_params.dir / argument.partition("::")[0]
        yield from path.rglob("test_*.py") if path.is_dir() else [path]


def _compile(config: pytest.Config, files: list[Path]) -> None:
    """As the workers would, and where they look for it."""
    for file in files:
        compiled = get_cache_dir(file) / f"{file.stem}{PYC_TAIL}"
        # What is wrong with a file is the workers' to say.
        with suppress(SyntaxError, OSError):
            if _read_pyc(file, compiled) is None and try_makedirs(compiled.parent):
                status, code = _rewrite_test(file, config)
                _write_pyc(config.stash[state_key], code, status, compiled)
