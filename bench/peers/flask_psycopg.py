"""Flask and psycopg, one statement: ``gunicorn bench.peers.flask_psycopg:app``."""

import os
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from psycopg import RawCursor
from psycopg_pool import ConnectionPool
from pydantic import ValidationError

from bench.peers.body import PurchaseBody
from bench.peers.one_statement import RECORD, answer_of, digest_of, failure, is_to_be_repeated

CONNECTIONS = int(os.environ["CONNECTIONS"])
OPTIONS: dict[str, Any] = {"autocommit": True, "cursor_factory": RawCursor}

app = Flask(__name__)
# gunicorn loads the app in each worker, after the fork.
pool = ConnectionPool(os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=OPTIONS, open=True)


@app.post("/api/v1/contests/<contest_id>/purchases")
def record(contest_id: str) -> ResponseReturnValue:
    try:
        body = PurchaseBody.model_validate_json(request.get_data())
    except ValidationError as error:
        return jsonify(failure("Invalid request body", "invalid_request_body", str(error))), 400
    key = request.headers.get("x-api-key", "")
    values = (digest_of(key), contest_id, body.email, body.orderId, body.amount, body.currency)
    with pool.connection() as connection:
        row = connection.execute(RECORD, values).fetchone() or ()
        if is_to_be_repeated(row):
            row = connection.execute(RECORD, values).fetchone() or ()
    status, content = answer_of(row)
    return jsonify(content), status
