"""``kill -9`` in the middle of a load: what was acknowledged is there, once, with its points."""

import random
import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import psutil
import psycopg
import pytest
import requests

from tests.blitzrocket.devserver.make_run import CHEAP_PASSWORDS, Run, running
from tests.profiles import times
from tests.support import wait_for

KILLS = times(1, 20)
CLIENTS = 8
MOST_ORDERS = 200_000


class Load:
    """Clients that record order after order until they are told to stop, and note what was acknowledged.

    An order without a clear answer is sent again, as a shop would.
    """

    def __init__(self, run: Run, name: str) -> None:
        self.run, self.demo, self.name = run, run.demo, name
        self.acknowledged: dict[str, dict[str, Any]] = {}
        self.statuses: set[int] = set()
        self.has_enough = Event()
        self.threads = [Thread(target=self.record_orders, args=[client]) for client in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.has_enough.set()
        for thread in self.threads:
            thread.join()

    def record_orders(self, client: int) -> None:
        session = requests.Session()
        for number in range(MOST_ORDERS // CLIENTS):
            if self.has_enough.is_set():
                return
            order_id = f"{self.name}-{client}-{number}"
            while not (acknowledged := self.record(session, order_id)):
                if self.has_enough.wait(0.1):  # while the service is away, trying takes the time that its start needs
                    return
            self.acknowledged[order_id] = acknowledged

    def record(self, session: requests.Session, order_id: str) -> dict[str, Any] | None:
        path = f"{self.run.base_url}/api/v1/contests/{self.demo['contestId']}/purchases"
        body = {"email": self.demo["entries"][0], "orderId": order_id, "amount": 2}
        try:
            answer = session.post(path, json=body, headers={"x-api-key": self.demo["privateKey"]}, timeout=20)
        except requests.RequestException:
            return None
        self.statuses.add(answer.status_code)
        return dict(answer.json()["data"]) if answer.ok else None

    def answer_to(self, order_id: str) -> dict[str, Any]:
        """What an order is answered when it is sent until it is.

        A worker that outlived its master may have answered so far, and the next ones come in a moment.
        """
        answers: list[dict[str, Any]] = []

        def is_answered() -> bool:
            answer = self.record(requests.Session(), order_id)
            answers.extend([answer] if answer else [])
            return bool(answers)

        wait_for(is_answered, "an order to be answered again")
        return answers[0]


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with running(SERVER=request.param, **CHEAP_PASSWORDS) as run:
        with psycopg.connect(run.database.url) as connection:  # a fast machine records more than a key may in a minute
            connection.execute("UPDATE apikeys_apikey SET rate_limit = NULL")
        yield run


def victim_of(run: Run, kind: str) -> psutil.Process:
    if kind == "postgres":
        return run.postmaster()
    if kind == "master":
        return run.master()
    worker: psutil.Process = random.choice(run.master().children())
    return worker


@pytest.mark.parametrize(
    "run", ["gunicorn", pytest.param("granian", marks=pytest.mark.long)], indirect=True, scope="module"
)
@pytest.mark.parametrize("victim", ["worker", "master", "postgres"])
def test_kill_9_loses_and_duplicates_nothing(run: Run, victim: str) -> None:
    check_kills(run, victim)


def check_kills(run: Run, victim: str) -> None:
    with Load(run, victim) as load:
        for _ in range(KILLS):
            before = len(load.acknowledged)
            wait_for(lambda before=before: len(load.acknowledged) > before + 50, "orders to be recorded")
            time.sleep(random.random() / 5)
            victim_of(run, victim).kill()
            if victim == "master":
                wait_for(lambda: run.has_master() and run.web_answers(), "the web server to come back")
        wait_for(run.database_answers, "the database to come back")
        before = len(load.acknowledged)
        wait_for(lambda: len(load.acknowledged) > before + 50, "orders to be recorded after the last kill")
    assert load.statuses <= {200, 201, 503}
    with psycopg.connect(run.database.url) as connection:
        recorded: dict[str, str] = dict(connection.execute("SELECT order_id, id FROM purchases_purchase").fetchall())
        earned = connection.execute("SELECT count(*), sum(points) FROM contests_pointtransaction").fetchone()
    assert {order_id: data["purchaseId"] for order_id, data in load.acknowledged.items()}.items() <= recorded.items()
    assert earned == (len(recorded), 2 * len(recorded))
    checked = run.manage("check_ledger")
    assert checked.returncode == 0, checked.stdout
    for order_id in random.sample(sorted(load.acknowledged), 20):
        second_response = load.answer_to(order_id)
        assert (second_response["alreadyExists"], second_response["purchaseId"]) == (True, recorded[order_id])
