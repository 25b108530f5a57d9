"""How gunicorn serves BlitzRocket; docs/configuration.md lists the variables."""

import os

from blitzrocket.limits import BODY_LIMIT

wsgi_app = "blitzrocket.wsgi"
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
# A client that sends or reads slowly keeps a thread busy, so there are many of them.
threads = int(os.environ.get("THREADS") or 32)
worker_connections = 1000
keepalive = 75
timeout = 60
graceful_timeout = 20
control_socket_disable = True
memory = "/dev/shm"  # noqa: S108  (workers note there that they are alive; a disk may block them)
worker_tmp_dir = memory if os.path.isdir(memory) else None
loglevel = os.environ.get("LOG_LEVEL", "INFO").lower()


def pre_request(worker, request):
    """Close the connection after a body that is too large or of unknown length: what is left of it is not read."""
    length = next((value for name, value in request.headers if name == "CONTENT-LENGTH"), None)
    chunked = any(name == "TRANSFER-ENCODING" for name, _ in request.headers)
    if chunked or (length is not None and length.isdigit() and int(length) > BODY_LIMIT):
        request.force_close()
