"""The log's configuration: one line per event in one format, from web, background process and gunicorn alike."""

import logging
import re
import time
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from blitzrocket import env, strict_json

FORMATS = ("json", "text")
LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
# Attributes that Django and gunicorn set for handlers of their own.
_NOT_FIELDS = {"request", "server_time"}
# What would begin a line or move the cursor of a terminal; JSON escapes it by itself.
_control = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_STANDARD = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "request_id", "taskName", *_NOT_FIELDS}

# Looked up for each line otherwise, and in none of ours: https://docs.python.org/3/howto/logging.html#optimization
logging._srcfile = None
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestIdFilter(logging.Filter):
    """Puts the id of the current request on each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class QuietBadRequests(logging.Filter):
    """Turns Django's errors about suspicious requests (a foreign Host header …) into warnings of one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.security."):
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class TextFormatter(logging.Formatter):
    """Readable lines: the message, then each extra field as ``name=value``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  (the name is logging's)
        fields = [f"{name}={value}" for name, value in vars(record).items() if name not in _STANDARD]
        line = " ".join([super().formatMessage(record), *fields])
        return _control.sub(lambda match: match.group().encode("unicode_escape").decode(), line)


class LineFormatter(JsonFormatter):
    """python-json-logger's, with a quicker way for records without a traceback; it takes a fifth of the time."""

    def format(self, record: logging.LogRecord) -> str:
        if record.exc_info or record.stack_info or not isinstance(record.msg, str):
            return super().format(record)
        fields = {
            "asctime": f"{_second(int(record.created))},{int(record.msecs):03}",
            "levelname": record.levelname,
            "name": record.name,
            "request_id": record.request_id,  # type: ignore[attr-defined]
            "message": record.getMessage(),
        }
        fields |= {name: value for name, value in vars(record).items() if name not in _STANDARD}
        try:
            return strict_json.write(fields).decode()
        except (TypeError, UnicodeEncodeError):  # only the library writes any value, such as half a surrogate pair
            return super().format(record)


@lru_cache(maxsize=1)
def _second(seconds: int) -> str:
    """The local time, as `logging` writes it; made once for all lines of a second."""
    return time.strftime(logging.Formatter.default_time_format, time.localtime(seconds))


def log_config() -> dict[str, Any]:
    """The configuration for `logging.config.dictConfig`, by LOG_FORMAT and LOG_LEVEL.

    Raises:
        ImproperlyConfigured: one of the two is another word than those allowed.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {
            "request_id": {"()": "blitzrocket.logs.RequestIdFilter"},
            "quiet": {"()": "blitzrocket.logs.QuietBadRequests"},
        },
        "formatters": {
            "json": {
                "()": "blitzrocket.logs.LineFormatter",
                "fmt": "%(asctime)s %(levelname)s %(name)s %(request_id)s %(message)s",
                "reserved_attrs": [*_STANDARD],
            },
            "text": {"()": "blitzrocket.logs.TextFormatter"},
        },
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": env.choice("LOG_FORMAT", "json", FORMATS),
                "filters": ["request_id", "quiet"],
            }
        },
        "root": {"handlers": ["console"], "level": env.choice("LOG_LEVEL", "INFO", LEVELS)},
        "loggers": {
            # Our own line for each request says more, and never the query string, which may hold a key.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
            "axes": {"level": "WARNING"},
            # The pool warns at every try to connect; the code that needed the connection logs it once.
            "psycopg.pool": {"level": "ERROR"},
            "gunicorn.error": {"handlers": [], "propagate": True},
            # Its lines hold query strings, which may hold a key; `RequestMiddleware` logs each request.
            "gunicorn.access": {"handlers": [], "level": "ERROR"},
        },
    }
