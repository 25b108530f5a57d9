"""How gunicorn serves BlitzRocket; docs/configuration.md lists the variables."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from blitzrocket.env import whole_number
from blitzrocket.logs import log_config

try:
    workers = whole_number("WEB_CONCURRENCY", 2, least=1)
    # A client that sends or reads slowly keeps a thread busy, so there are many of them.
    threads = whole_number("THREADS", 32, least=1)
    logconfig_dict = log_config()
except ImproperlyConfigured as error:
    sys.exit(f"BlitzRocket: {error}")

wsgi_app = "blitzrocket.wsgi"
bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"
worker_class = "blitzrocket.gunicorn_worker.Worker"
worker_connections = 1000
keepalive = 75
timeout = 60
graceful_timeout = 20
control_socket_disable = True
memory = "/dev/shm"  # noqa: S108  (workers note there that they are alive; a disk may block them)
worker_tmp_dir = memory if os.path.isdir(memory) else None


def pre_request(worker, request):
    """Let `blitzrocket.middleware.request_bodies` close the connection after a body that is too large."""
    request.body.force_close = request.force_close
