"""All contenders: created on the database, started, and stopped at the end."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench import ceiling, lean_tables, limit, ours
from bench.database import Database
from bench.figures import Measured
from bench.http_contender import HttpContender
from bench.orders import Target
from bench.peers.stored import STORED
from bench.report import say
from bench.scenarios import Scenario
from bench.servers import Server, free_port, gunicorn, our_command, our_environment, peer_environment, uvicorn


class Contender(Protocol):
    """What a round measures."""

    name: str
    title: str

    def prepare(self) -> None: ...

    def takes(self, scenario: Scenario) -> bool: ...

    def measure(self, scenario: Scenario, seconds: float) -> Measured: ...


@dataclass(frozen=True)
class Peer:
    """A peer's title, its server and its app."""

    title: str
    serve: Callable[[str], dict[int, list[str]]]
    app: str


PEERS = {
    "fastapi-asyncpg": Peer("FastAPI + asyncpg, one statement", uvicorn, "bench.peers.fastapi_asyncpg:app"),
    "fastapi-psycopg": Peer("FastAPI + psycopg, one statement", uvicorn, "bench.peers.fastapi_psycopg:app"),
    "flask-psycopg": Peer("Flask + psycopg, one statement", gunicorn, "bench.peers.flask_psycopg:app"),
    "drf": Peer("Django REST framework, ORM", gunicorn, "bench.peers.drf.wsgi:application"),
}
# Ours, and the same service on the other web server.
SERVERS = {ours.NAME: "gunicorn", "ours-granian": "granian"}
NAMES = (limit.NAME, ceiling.NAME, *SERVERS, *PEERS)


@contextmanager
def running_contenders(database: Database, names: Sequence[str]) -> Iterator[list[Contender]]:
    """The contenders with these names, in their order, ready to be measured.

    What they have recorded by then is analysed, as PostgreSQL does by itself within a minute: on tables that it knows
    nothing of, the statements of some contenders read whole tables.
    """
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="blitzrocket-bench-")))
        contenders: dict[str, Contender] = {}
        if limit.NAME in names:
            contenders[limit.NAME] = limit.Limit(database)
        own_ceiling = ceiling.Ceiling(database) if ceiling.NAME in names else None
        for name in SERVERS:
            if name in names or (own_ceiling and name == own_ceiling.template):
                contenders[name] = _own_contender(stack, database, logs, name, own_ceiling)
        if own_ceiling:
            contenders[ceiling.NAME] = own_ceiling
        for name in PEERS:
            if name in names:
                contenders[name] = _peer(stack, database, logs, name)
        # The ceiling copies a row that ours records when it is prepared.
        for contender in sorted(contenders.values(), key=lambda contender: contender.name == ceiling.NAME):
            say(f"Preparing {contender.name} ...")
            contender.prepare()
            database.execute(contender.name, "ANALYZE")
        database.checkpoint()
        yield [contenders[name] for name in NAMES if name in names]


def memory_of(contenders: Sequence[Contender]) -> str:
    """The largest process of each web server, after so many calls."""
    sizes = [
        f"{contender.name} {max(contender.server.memory()) / 2**20:.0f} MiB after {contender.calls:,} calls"
        for contender in contenders
        if isinstance(contender, HttpContender)
    ]
    return ", ".join(sizes)


def _own_contender(
    stack: ExitStack, database: Database, logs: Path, name: str, own_ceiling: ceiling.Ceiling | None
) -> HttpContender:
    server_name, port = SERVERS[name], free_port()
    say(f"Creating tables and contest of {name} ...")
    url = database.create(name)
    target = ours.set_up(url, port)
    if own_ceiling and own_ceiling.template == name:
        own_ceiling.create()
    server = Server(name, {port: our_command()}, our_environment(url, port, server_name), logs / name)
    stack.callback(server.stop)
    server.wait_until_ready("/readyz")
    title = f"BlitzRocket on {server_name}"
    return HttpContender(name, title, server, target, database, name, ours.STORED, is_ours=name == ours.NAME)


def _peer(stack: ExitStack, database: Database, logs: Path, name: str) -> Contender:
    peer = PEERS[name]
    url = lean_tables.create_lean_database(database, name)
    server = Server(name, peer.serve(peer.app), peer_environment(url), logs / name)
    stack.callback(server.stop)
    server.wait_until_ready()
    target = Target(contest_id=lean_tables.CONTEST_ID, key=lean_tables.API_KEY)
    return HttpContender(name, peer.title, server, target, database, name, STORED)
