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
    """A peer's title, and its command for a port."""

    title: str
    command: Callable[[int], list[str]]


PEERS = {
    "fastapi-asyncpg": Peer(
        "FastAPI + asyncpg, one statement", lambda port: uvicorn("bench.peers.fastapi_asyncpg:app", port)
    ),
    "fastapi-psycopg": Peer(
        "FastAPI + psycopg, one statement", lambda port: uvicorn("bench.peers.fastapi_psycopg:app", port)
    ),
    "flask-psycopg": Peer(
        "Flask + psycopg, one statement", lambda port: gunicorn("bench.peers.flask_psycopg:app", port)
    ),
    "drf": Peer("Django REST framework, ORM", lambda port: gunicorn("bench.peers.drf.wsgi:application", port)),
}
NAMES = (limit.NAME, ceiling.NAME, ours.NAME, *PEERS)


@contextmanager
def running_contenders(database: Database, names: Sequence[str], *, our_server: str) -> Iterator[list[Contender]]:
    """The contenders with these names, in their order, ready to be measured."""
    with ExitStack() as stack:
        logs = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="blitzrocket-bench-")))
        contenders: dict[str, Contender] = {}
        if limit.NAME in names:
            contenders[limit.NAME] = limit.Limit(database)
        if {ours.NAME, ceiling.NAME} & set(names):
            say("Creating our tables and contest ...")
            contenders |= _ours(stack, database, logs, our_server, with_ceiling=ceiling.NAME in names)
        for name in PEERS:
            if name in names:
                contenders[name] = _peer(stack, database, logs, name)
        # The ceiling copies a row that ours records when it is prepared.
        for contender in sorted(contenders.values(), key=lambda contender: contender.name == ceiling.NAME):
            say(f"Preparing {contender.name} ...")
            contender.prepare()
        database.checkpoint()
        yield [contenders[name] for name in NAMES if name in names]


def _ours(
    stack: ExitStack, database: Database, logs: Path, our_server: str, *, with_ceiling: bool
) -> dict[str, Contender]:
    port = free_port()
    url = database.create(ours.NAME)
    target = ours.set_up(url, port)
    own_ceiling = ceiling.Ceiling(database)
    if with_ceiling:
        own_ceiling.create()
    server = Server(ours.NAME, our_command(our_server, port), our_environment(url, port), port, logs / ours.NAME)
    stack.callback(server.stop)
    server.wait_until_ready("/readyz")
    title = f"BlitzRocket on {our_server}"
    contender = HttpContender(ours.NAME, title, server, target, database, ours.NAME, ours.STORED, is_ours=True)
    return {ours.NAME: contender} | ({ceiling.NAME: own_ceiling} if with_ceiling else {})


def _peer(stack: ExitStack, database: Database, logs: Path, name: str) -> Contender:
    peer, port = PEERS[name], free_port()
    url = lean_tables.create_lean_database(database, name)
    server = Server(name, peer.command(port), peer_environment(url), port, logs / name)
    stack.callback(server.stop)
    server.wait_until_ready()
    target = Target(port=port, contest_id=lean_tables.CONTEST_ID, key=lean_tables.API_KEY)
    return HttpContender(name, peer.title, server, target, database, name, STORED)
