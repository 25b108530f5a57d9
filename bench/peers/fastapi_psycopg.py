"""FastAPI and psycopg, one statement: ``uvicorn bench.peers.fastapi_psycopg:app``."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse
from psycopg import AsyncRawCursor
from psycopg_pool import AsyncConnectionPool

from bench.peers.body import PurchaseBody
from bench.peers.one_statement import RECORD, answer_of, digest_of, is_to_be_repeated

CONNECTIONS = int(os.environ["CONNECTIONS"])


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    options: dict[str, Any] = {"autocommit": True, "cursor_factory": AsyncRawCursor}
    pool = AsyncConnectionPool(
        os.environ["DATABASE_URL"], min_size=CONNECTIONS, max_size=CONNECTIONS, kwargs=options, open=False
    )
    async with pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/api/v1/contests/{contest_id}/purchases", status_code=201)
async def record(contest_id: str, body: PurchaseBody, x_api_key: Annotated[str, Header()] = "") -> JSONResponse:
    values = (digest_of(x_api_key), contest_id, body.email, body.orderId, body.amount, body.currency)
    async with app.state.pool.connection() as connection:
        row = await (await connection.execute(RECORD, values)).fetchone()
        if is_to_be_repeated(row):
            row = await (await connection.execute(RECORD, values)).fetchone()
    status, content = answer_of(row)
    return JSONResponse(content, status_code=status)
