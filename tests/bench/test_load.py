"""What the load generator sends, counts and refuses."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bench.load import Answer, Load, LoadError, Plan, is_whole, quantile

ANSWER = b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello"


class Recorder(BaseHTTPRequestHandler):
    """Answers with the body that it got; 500 where that contains “fail”."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(500 if b"fail" in body else 201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
        pass


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Recorder) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def plan(port: int, body: str = "order-00000000", **options: Any) -> Plan:
    request = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n{body}".split("00000000")
    values = {"clients": 4, "most": 50, "status": 201} | options
    return Plan(ports=[port], warm_up=0.0, seconds=20.0, requests=[request], **values)


def test_each_request_has_its_number_and_is_counted_once(port: int) -> None:
    load = Load(plan(port, first=1000))
    load.run()
    result = load.result()
    assert result["requests"] == 50
    assert sorted(result["answers"]) == [[number, f"order-{number:08}"] for number in range(1000, 1050)]
    assert result["rate"] > 0
    assert 0 < result["p50"] <= result["p99"]


def test_numbers_start_again(port: int) -> None:
    load = Load(plan(port, distinct=20))
    load.run()
    numbers = [number for number, _ in load.result()["answers"]]
    assert sorted(numbers) == sorted([*range(20), *range(20), *range(10)])


def test_a_batch_has_a_number_for_each_order(port: int) -> None:
    load = Load(plan(port, body="a-00000000,b-00000000", most=3, clients=1))
    load.run()
    result = load.result()
    assert result["answers"] == [
        [0, "a-00000000,b-00000001"],
        [2, "a-00000002,b-00000003"],
        [4, "a-00000004,b-00000005"],
    ]


def test_only_answers_within_the_seconds_count() -> None:
    load = Load(Plan(ports=[], clients=1, warm_up=1.0, seconds=2.0, most=100, status=201, requests=[["a", "b"]]))
    load.began_at, load.cpu = 10.0, 0.0
    for answered_at in (10.5, 11.0, 12.0, 12.9, 13.0, 13.1):
        load.answers.append(Answer(0, answered_at - 0.1, answered_at, ANSWER))
    result = load.result()
    assert (result["requests"], result["rate"]) == (6, 1.5)


def test_another_status_ends_the_run(port: int) -> None:
    with pytest.raises(LoadError, match=r"Not 201: HTTP/1\.1 500"):
        Load(plan(port, body="fail-00000000")).run()


@pytest.mark.parametrize(
    ("received", "whole"), [(ANSWER, True), (ANSWER[:-1], False), (ANSWER[:20], False), (b"", False)]
)
def test_an_answer_is_whole_with_its_last_byte(received: bytes, whole: bool) -> None:
    assert is_whole(received) == whole


def test_an_answer_without_a_length_is_refused() -> None:
    with pytest.raises(LoadError, match="without Content-Length"):
        is_whole(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")


def test_quantiles() -> None:
    latencies = [number / 100 for number in range(100)]
    assert (quantile(latencies, 0.5), quantile(latencies, 0.99), quantile([], 0.5)) == (0.5, 0.99, 0.0)
