"""CSV downloads for spreadsheets, streamed so that memory does not grow with the rows."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header

from blitzrocket.postgres.connection import longer_statements
from blitzrocket.spreadsheets.cells import BYTE_ORDER_MARK, cell

ROWS_PER_CHUNK = 500
# The database computes the whole result before it sends the first row.
STATEMENT_SECONDS = 120.0


class _Lines(list[str]):
    """A list as the file that csv.writer writes to, until its lines are sent."""

    write = list.append


def csv_chunks(headings: Iterable[Any], rows: Iterable[Iterable[Any]], database: str) -> Iterator[str]:
    """The file's text, `ROWS_PER_CHUNK` rows at a time."""
    lines = _Lines([BYTE_ORDER_MARK])
    writer = csv.writer(lines)
    writer.writerow([str(heading) for heading in headings])
    with longer_statements(STATEMENT_SECONDS, database):
        for number, row in enumerate(rows, start=1):
            writer.writerow([cell(value) for value in row])
            if number % ROWS_PER_CHUNK == 0:
                yield "".join(lines)
                lines.clear()
    yield "".join(lines)


def csv_response(
    name: str, headings: Iterable[Any], rows: Iterable[Iterable[Any]], database: str = DEFAULT_DB_ALIAS
) -> StreamingHttpResponse:
    """The rows, which come from that database, as a streamed download; the file name has the current time."""
    response = StreamingHttpResponse(csv_chunks(headings, rows, database), content_type="text/csv; charset=utf-8")
    filename = f"{name}-{timezone.now():%Y-%m-%d-%H%M}.csv"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response["Cache-Control"] = "no-store"
    return response
