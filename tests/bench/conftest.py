import os
from pathlib import Path

import pytest

from bench.database import Database
from blitzrocket.devserver.embedded_postgres import EmbeddedPostgres


@pytest.fixture
def database() -> Database:
    folder = Path(os.environ.get("DATA_DIR", ".data"))
    if not (folder / "postgres").exists():
        pytest.skip("the tests run on another server than the embedded one, which has pgbench")
    return Database(EmbeddedPostgres(folder))
