"""The harms: what is done to a part of the service while clients record, and how it is taken back."""

import random
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial

import psutil
import psycopg

from bench.report import BenchError
from faults.answers import NO_ANSWER, UNAVAILABLE
from faults.clock import shifted_clock, with_movable_clock
from faults.processes import acting
from faults.service import Service, WebServer, workers_of

ADMISSIBLE = frozenset({200, 201, UNAVAILABLE})
ALSO_BROKEN = ADMISSIBLE | {NO_ANSWER}
# Statements have five seconds; waiting for a connection and checking it come before. A machine at its limit adds to it.
LONGEST_SECONDS = 10.0
START_SECONDS = 40.0  # of a web server on such a machine; calls wait for it
Inflict = Callable[[Service], AbstractContextManager[None]]


@dataclass(frozen=True, kw_only=True)
class Harm:
    """A harm: ``times`` of it, each lasting ``seconds``, in the short and in the full form.

    ``prepare`` surrounds all of them. With ``must_show`` at least one call has to be refused, else nothing was harmed.
    """

    title: str
    inflict: Inflict
    times: tuple[int, int] = (1, 3)
    seconds: tuple[float, float] = (0, 0)
    statuses: frozenset[int] = ADMISSIBLE
    must_show: bool = False
    longest: float = LONGEST_SECONDS  # for an answer, and until all clients are served again
    prepare: Callable[[Service], AbstractContextManager[object]] = field(default=lambda service: nullcontext())
    why_not: Callable[[Service], str] = field(default=lambda service: "")  # why it cannot be done here


@contextmanager
def killed_worker(service: Service) -> Iterator[None]:
    web = random.choice(service.web)
    service.wait_for(lambda: bool(workers_of(web)), "a worker process")
    with suppress(psutil.NoSuchProcess, IndexError):  # granian ends all of them where one dies twice in six seconds
        random.choice(workers_of(web)).kill()
    yield


@contextmanager
def killed_master(service: Service) -> Iterator[None]:
    web = service.web[-1]
    before = web.running
    for master in before.masters():
        master.kill()
    service.wait_for(lambda: web.running is not before, "another web server")
    service.wait_until_served(web)
    yield


@contextmanager
def killed_background(service: Service) -> Iterator[None]:
    """In the middle of a recalculation, whose lease is over at once."""
    background = service.background
    service.wait_for(lambda: is_recalculating(service), "a recalculation")
    background.kill()
    with psycopg.connect(service.url) as connection:
        connection.execute("UPDATE jobs_job SET leased_until = now() WHERE state = 'running'")
    service.wait_for(lambda: service.background is not background, "another background process")
    yield


def is_recalculating(service: Service) -> bool:
    with psycopg.connect(service.url) as connection:
        return connection.execute("SELECT 1 FROM jobs_job WHERE state = 'running'").fetchone() is not None


@contextmanager
def recalculating(service: Service) -> Iterator[None]:
    """All purchases are scored again, over and over.

    Raises:
        BenchError: a recalculation failed.
    """
    with acting(service, "recalculate") as counts:
        yield
    if counts.get("job done", 0) < 1 or counts.keys() - {"busy", "away", "started", "job done"}:
        raise BenchError(f"Recalculations came to an end like this: {counts}")


@contextmanager
def killed_postgres(service: Service) -> Iterator[None]:
    postmaster = service.database.postmaster
    postmaster.kill()
    yield
    service.wait_for(lambda: not postmaster.is_running() or postmaster.status() == psutil.STATUS_ZOMBIE, "its end")
    service.database.revive()


@contextmanager
def killed_backend(service: Service) -> Iterator[None]:
    """One connection's process: PostgreSQL ends all others too, because what they share may be broken."""
    service.wait_for(lambda: bool(backends(service)), "a connection")
    with suppress(psutil.NoSuchProcess, IndexError):  # it may have ended meanwhile
        psutil.Process(random.choice(backends(service))).kill()
    yield
    service.wait_for(lambda: answers(service), "the database")


def backends(service: Service) -> list[int]:
    """The process ids of others' connections; none while PostgreSQL is away."""
    try:
        with psycopg.connect(service.url, connect_timeout=5) as connection:
            rows = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
            return [pid for (pid,) in rows]
    except psycopg.OperationalError:
        return []


def answers(service: Service) -> bool:
    try:
        psycopg.connect(service.url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def restarted_postgres(service: Service) -> Iterator[None]:
    service.database.control("-m", "fast", "restart")
    yield


@contextmanager
def stopped_postgres(service: Service) -> Iterator[None]:
    service.database.control("-m", "fast", "stop")
    try:
        yield
    finally:
        service.database.revive()


@contextmanager
def hanging_postgres(service: Service) -> Iterator[None]:
    """It stands still with all its processes: the kernel takes connections, and nobody answers."""
    postmaster = service.database.postmaster
    postmaster.suspend()
    processes = [postmaster, *postmaster.children()]
    for process in processes[1:]:
        with suppress(psutil.NoSuchProcess):
            process.suspend()
    try:
        yield
    finally:
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.resume()


@contextmanager
def taken_connections(service: Service) -> Iterator[None]:
    """All connections are taken by others, also those that the service had."""
    taken: list[psycopg.Connection] = []
    try:
        take_all(service, taken)
        service.wait_for(lambda: take_from_service(service, taken), "all connections to be taken")
        yield
    finally:
        for connection in taken:
            connection.close()


def take_all(service: Service, taken: list[psycopg.Connection]) -> None:
    with suppress(psycopg.OperationalError):
        while True:
            taken.append(psycopg.connect(service.url, autocommit=True, connect_timeout=5))


def take_from_service(service: Service, taken: list[psycopg.Connection]) -> bool:
    """End the connections of others and take their places; whether none is left."""
    pids = [connection.info.backend_pid for connection in taken]
    query = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND NOT pid = ANY (%s)
    """
    (ended,) = taken[0].execute(query, [pids]).fetchone() or (0,)
    take_all(service, taken)
    return not ended


@contextmanager
def read_only(service: Service) -> Iterator[None]:
    """As an administrator sets it before a move to another server."""
    set_read_only(service, "on")
    try:
        wait_until_unready(service)
        yield
    finally:
        set_read_only(service, "off")


def set_read_only(service: Service, value: str) -> None:
    with psycopg.connect(service.url, autocommit=True, options="-c default_transaction_read_only=off") as connection:
        connection.execute(f"ALTER SYSTEM SET default_transaction_read_only = {value}")
        connection.execute("SELECT pg_reload_conf()")


@contextmanager
def standby(service: Service) -> Iterator[None]:
    """A hot standby stands where the primary was, until it is promoted."""
    service.database.control("-m", "fast", "stop")
    (service.database.cluster / "standby.signal").touch()
    service.database.revive()
    try:
        wait_until_unready(service)
        yield
    finally:
        service.database.control("promote")


def wait_until_unready(service: Service) -> None:
    """Until the web servers say that they are not ready: a load balancer sends no calls to them then."""
    for port in service.ports():
        service.wait_for(partial(says_unready, port), "503 of /readyz")


def says_unready(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5).close()
    except urllib.error.HTTPError as answer:
        return answer.code == UNAVAILABLE
    except OSError:
        return False
    return False


@contextmanager
def full_disk(service: Service) -> Iterator[None]:
    with service.disk.full():
        yield
    service.database.revive()


@contextmanager
def full_disk_of_log(service: Service) -> Iterator[None]:
    """Until no segment of the write-ahead log is left, and PostgreSQL ends."""
    with service.disk.full():
        use_up_log(service)
        yield
    service.database.revive()


def use_up_log(service: Service) -> None:
    with suppress(psycopg.OperationalError), psycopg.connect(service.url, autocommit=True) as connection:
        for _ in range(20):
            connection.execute("SELECT pg_logical_emit_message(true, '', 'x')")
            connection.execute("SELECT pg_switch_wal()")


def needs_mount(service: Service) -> str:
    return "" if service.disk.is_mounted else "this process may not mount a file system"


@contextmanager
def beside_the_other(service: Service) -> Iterator[None]:
    """A second web server, of the other kind, on the same database."""
    other = WebServer("granian" if service.kind == "gunicorn" else "gunicorn")
    service.add_web(other)
    try:
        yield
    finally:
        service.remove_web(other)


HARMS = {
    "worker": Harm(
        title="kill -9 of a worker process",
        inflict=killed_worker,
        times=(1, 20),
        statuses=ALSO_BROKEN,
        longest=START_SECONDS,
    ),
    "master": Harm(
        title="kill -9 of the web server's main process",
        inflict=killed_master,
        times=(0, 20),
        statuses=ALSO_BROKEN,
        longest=START_SECONDS,
    ),
    "postgres": Harm(title="kill -9 of PostgreSQL", inflict=killed_postgres, times=(0, 20)),
    "backend": Harm(title="kill -9 of a connection's process of PostgreSQL", inflict=killed_backend, times=(1, 20)),
    "background": Harm(
        title="kill -9 of the background process, recalculating",
        inflict=killed_background,
        prepare=recalculating,
        times=(0, 20),
    ),
    "restart": Harm(title="PostgreSQL restarted", inflict=restarted_postgres, times=(1, 5)),
    "stopped": Harm(
        title="PostgreSQL stopped", inflict=stopped_postgres, times=(0, 1), seconds=(0, 60), must_show=True
    ),
    "hanging": Harm(title="PostgreSQL hangs", inflict=hanging_postgres, times=(0, 1), seconds=(0, 20), must_show=True),
    "connections": Harm(
        title="no connections left", inflict=taken_connections, seconds=(4, 15), times=(1, 2), must_show=True
    ),
    "read-only": Harm(title="PostgreSQL set to read-only", inflict=read_only, seconds=(0.5, 5), must_show=True),
    "standby": Harm(
        title="a hot standby, then promoted", inflict=standby, times=(1, 2), seconds=(0.5, 5), must_show=True
    ),
    "disk": Harm(title="disk full", inflict=full_disk, seconds=(1, 10), must_show=True, why_not=needs_mount),
    "log-disk": Harm(
        title="disk full until PostgreSQL ends",
        inflict=full_disk_of_log,
        seconds=(1, 10),
        must_show=True,
        why_not=needs_mount,
    ),
    "clock": Harm(
        title="web server's clock a day ahead, then a day behind",
        inflict=shifted_clock,
        prepare=with_movable_clock,
        times=(0, 2),
        longest=START_SECONDS,
    ),
    "two-servers": Harm(
        title="kill -9 of one of two web servers",
        inflict=killed_master,
        prepare=beside_the_other,
        times=(0, 10),
        statuses=ALSO_BROKEN,
        longest=START_SECONDS,
    ),
}
