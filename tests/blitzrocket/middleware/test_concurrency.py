"""How many requests are worked on at once, and what keeps a turn."""

import io
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Any

import pytest
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from blitzrocket.limits import BODY_LIMIT
from blitzrocket.middleware.concurrency import with_limit


class Site:
    """An application with one turn, and whether that is free."""

    def __init__(self, answer: Callable[[dict[str, Any]], Any]) -> None:
        self.turns = BoundedSemaphore(1)
        self.call = with_limit(lambda environ, start: answer(environ), self.turns)

    def is_free(self) -> bool:
        if is_free := self.turns.acquire(blocking=False):
            self.turns.release()
        return is_free


def rows() -> Iterator[bytes]:
    yield b"a"
    yield b"b"


@pytest.mark.parametrize("answer", [lambda _: [b"ab"], lambda _: HttpResponse(b"ab")])
def test_a_response_has_no_turn(answer: Callable[[Any], Any]) -> None:
    site = Site(answer)
    assert b"".join(site.call({}, None)) == b"ab"
    assert site.is_free()


def test_a_file_has_no_turn() -> None:
    site = Site(lambda _: FileResponse(io.BytesIO(b"ab")))
    response = site.call({}, None)
    assert site.is_free()
    assert b"".join(response) == b"ab"


def test_a_stream_has_its_turn_until_it_is_closed() -> None:
    site = Site(lambda _: StreamingHttpResponse(rows()))
    response: Any = site.call({}, None)
    assert b"".join(response) == b"ab"
    assert not site.is_free()
    response.close()
    assert site.is_free()


def test_an_error_ends_the_turn() -> None:
    def fail(environ: dict[str, Any]) -> Any:
        raise KeyError

    site = Site(fail)
    with pytest.raises(KeyError):
        site.call({}, None)
    assert site.is_free()


@pytest.mark.parametrize(("length", "waits_without"), [(BODY_LIMIT, False), (BODY_LIMIT + 1, True)])
def test_a_large_body_comes_without_a_turn(transactional_db: None, length: int, waits_without: bool) -> None:
    found: list[bool] = []

    class Body(io.BytesIO):
        def read(self, *size: Any) -> bytes:
            found.append(site.is_free())
            return super().read(*size)

    def answer(environ: dict[str, Any]) -> list[bytes]:
        return [environ["wsgi.input"].read(length), str(site.is_free()).encode()]

    site = Site(answer)
    body, is_free_after = site.call({"CONTENT_LENGTH": str(length), "wsgi.input": Body(b"x" * length)}, None)
    assert (len(body), is_free_after) == (length, b"False")
    assert found == [waits_without]
    assert site.is_free()
