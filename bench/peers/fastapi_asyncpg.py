"""FastAPI and asyncpg, one statement: ``uvicorn bench.peers.fastapi_asyncpg:app``."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import asyncpg
from fastapi import FastAPI, Header
from fastapi.responses import JSONResponse

from bench.peers.body import PurchaseBody
from bench.peers.one_statement import RECORD, answer_of, digest_of, is_to_be_repeated

CONNECTIONS = int(os.environ["CONNECTIONS"])


async def keep(connection: asyncpg.Connection) -> None:
    """Leave a connection as it is: asyncpg's own reset costs a round trip, and no call changes the session."""


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    size = {"min_size": CONNECTIONS, "max_size": CONNECTIONS}
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], **size, reset=keep) as pool:
        app.state.pool = pool
        yield


app = FastAPI(lifespan=lifespan)


@app.post("/api/v1/contests/{contest_id}/purchases", status_code=201)
async def record(contest_id: str, body: PurchaseBody, x_api_key: Annotated[str, Header()] = "") -> JSONResponse:
    values = (digest_of(x_api_key), contest_id, body.email, body.orderId, body.amount, body.currency)
    async with app.state.pool.acquire() as connection:
        row = await connection.fetchrow(RECORD, *values)
        if is_to_be_repeated(row):
            row = await connection.fetchrow(RECORD, *values)
    status, content = answer_of(row)
    return JSONResponse(content, status_code=status)
