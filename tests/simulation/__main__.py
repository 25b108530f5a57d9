"""``python -m tests.simulation``: a service on which people live while parts of it are killed, and what came of it."""

import argparse
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

from bench.command import run_command
from bench.database import running_database
from bench.report import BenchError, say
from bench.servers import ROOT
from blitzrocket.web_server import COMMANDS
from faults.clock import SHIM, set_shift, shift_file
from faults.disk import small_disk
from faults.harms import answers, killed_backend, killed_master, killed_postgres, killed_worker
from faults.service import POSTGRES, Service

DAYS, PEOPLE = 14, 60
SHORT_DAYS, SHORT_PEOPLE = 4, 16
MOST_KILLS_A_DAY = 4
SHOWN = 3000  # characters of a traceback
HEAD = ("day", "calls", "acts", "kills", "no answer", "503", "500", "rows compared", "differences")


class Kills:
    """Parts of the service are killed by chance during a day."""

    def __init__(self, service: Service, chance: random.Random) -> None:
        self.service, self.chance, self.count = service, chance, 0
        self._is_over = Event()
        self._thread: Thread | None = None

    def begin(self) -> None:
        self._is_over.clear()
        self._thread = Thread(target=self._kill)
        self._thread.start()

    def end(self) -> None:
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _kill(self) -> None:
        for _ in range(MOST_KILLS_A_DAY):
            if self._is_over.wait(self.chance.uniform(0.2, 1)):
                return
            self.service.wait_for(lambda: answers(self.service), "the database")
            kill = self.chance.choice(KILLS)
            kill(self.service)
            self.count += 1


def kill_background(service: Service) -> None:
    background = service.background
    background.kill()
    service.wait_for(lambda: service.background is not background, "another background process")


def kill_worker(service: Service) -> None:
    with killed_worker(service):
        pass


def kill_master(service: Service) -> None:
    with killed_master(service):
        pass


def kill_postgres(service: Service) -> None:
    with killed_postgres(service):
        pass


def kill_connection(service: Service) -> None:
    with killed_backend(service):
        pass


KILLS = (kill_worker, kill_master, kill_background, kill_postgres, kill_connection)


def main(arguments: list[str]) -> None:
    options = read_options(arguments)
    run_command("make simulate", lambda: simulate(options))


def read_options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make simulate", description="Two weeks of a shop; see docs/reliability.md.")
    parser.add_argument("--short", action="store_true", help="in a minute: fewer days and people, as CI has them")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="what chance begins with")
    parser.add_argument("--server", choices=[*COMMANDS], default="gunicorn")
    return parser.parse_args(arguments)


def simulate(options: argparse.Namespace) -> None:
    """Run it.

    Raises:
        BenchError: the model and the service differ.
    """
    say(f"Seed {options.seed}; the same again: make simulate ARGS='--seed {options.seed}'")
    started = time.monotonic()
    with small_disk() as disk, running_database(POSTGRES, disk.folder) as database:
        service = Service(database, disk, options.server)
        service.common = {"PYTHONPATH": str(SHIM), "CLOCK_SHIFT_FILE": str(shift_file(service))}
        service.common["WEBHOOKS_TO_PRIVATE_ADDRESSES"] = "true"  # the receiver is on this machine
        service.common["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # many people sign in, which takes processor time
        set_shift(service, 0)
        try:
            service.start()
            problems = watch(service, options)
        finally:
            service.stop()
            shift_file(service).unlink()
    say(f"{time.monotonic() - started:.0f} s")
    if problems:
        raise BenchError("the model and the service differ:\n" + "\n".join(problems))


def watch(service: Service, options: argparse.Namespace) -> list[str]:
    """Run the story and harm the service during its days: what differs."""
    kills, problems, left = Kills(service, random.Random(options.seed)), [], []
    story = start_story(service, options)
    print(line(HEAD), line(["---"] * len(HEAD)), sep="\n", flush=True)
    try:
        assert story.stdin
        assert story.stdout
        for text in story.stdout:
            event = json.loads(text)
            if event["event"] == "day":
                kills.begin()
            elif event["event"] == "evening":
                kills.end()
                print(file=story.stdin, flush=True)
            elif event["event"] == "coverage":
                left = list(show_coverage(event["rows"]))
            else:
                problems = event["problems"]
                print(row_of(event, kills.count), flush=True)
    finally:
        kills.end()
        story.kill()
    if story.wait():
        problems.append(f"the story ended with {story.returncode}")
    if not (options.short or problems):  # a short run leaves some to chance
        problems += left
    return problems + [f"in the log: {text[-SHOWN:]}" for text in service.tracebacks()[:1]]


def show_coverage(rows: list[tuple[str, int, list[str]]]) -> Iterator[str]:
    """Print how much of all that there is was exercised; what was not is a sentence each."""
    print(line(("what there is", "in all", "exercised", "left")), line(["---"] * 4), sep="\n")
    for kind, count, left in rows:
        print(line((kind, f"{count:,}", f"{count - len(left):,}", ", ".join(left) or "–")), flush=True)
        yield from (f"never exercised: {kind} “{name}”" for name in left)


def start_story(service: Service, options: argparse.Namespace) -> "subprocess.Popen[str]":
    days, people = (SHORT_DAYS, SHORT_PEOPLE) if options.short else (DAYS, PEOPLE)
    arguments = {"port": service.ports()[0], "seed": options.seed, "days": days, "people": people}
    command = [sys.executable, "-m", "tests.simulation.story", "--clock", str(shift_file(service))]
    return subprocess.Popen(
        [*command, *(f"--{name}={value}" for name, value in arguments.items())],
        cwd=ROOT,
        env=service.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def row_of(event: dict[str, Any], kills: int) -> str:
    names = ("day", "calls", "acts", "kills", "unanswered", "unavailable", "errors", "rows")
    values = [(event | {"kills": kills})[name] for name in names]
    return line([*(f"{value:,}" for value in values), str(len(event["problems"]))])


def line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main(sys.argv[1:])
