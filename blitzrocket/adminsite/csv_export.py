"""CSV as spreadsheets read it, in pieces, however many rows there are."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from blitzrocket.postgres.connection import longer_statements
from blitzrocket.spreadsheets.cells import BYTE_ORDER_MARK, cell

ROWS_IN_A_PIECE = 500
# The database makes the whole result before it sends the first row.
STATEMENT_SECONDS = 120.0


class _Piece(list[str]):
    """Where the writer puts its lines until they are sent."""

    write = list.append


def pieces_of(headings: Iterable[Any], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """The file, a few hundred rows at a time."""
    piece = _Piece([BYTE_ORDER_MARK])
    writer = csv.writer(piece)
    writer.writerow([str(heading) for heading in headings])
    with longer_statements(STATEMENT_SECONDS):
        for number, row in enumerate(rows, start=1):
            writer.writerow([cell(value) for value in row])
            if number % ROWS_IN_A_PIECE == 0:
                yield "".join(piece)
                piece.clear()
    yield "".join(piece)


def csv_answer(name: str, headings: Iterable[Any], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """The file as a download, named with its moment; sent while it is made, so that memory does not grow with it."""
    answer = StreamingHttpResponse(pieces_of(headings, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}-{timezone.now():%Y-%m-%d-%H%M}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
