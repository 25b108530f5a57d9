"""How gunicorn serves BlitzRocket; docs/configuration.md lists the variables."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from blitzrocket.logs import log_config
from blitzrocket.web_server import (
    APPLICATION,
    BACKLOG,
    CONNECTIONS,
    STOP_SECONDS,
    allow_open_files,
    web_server_settings,
)

try:
    settings = web_server_settings()
    logconfig_dict = log_config()
except ImproperlyConfigured as error:
    sys.exit(f"BlitzRocket: {error}")
allow_open_files()

wsgi_app = APPLICATION
bind = settings.address
workers = settings.workers
threads = settings.threads
worker_class = "blitzrocket.gunicorn_worker.Worker"
logger_class = "blitzrocket.gunicorn_worker.EventLogger"
worker_connections = CONNECTIONS
backlog = BACKLOG
keepalive = 75
timeout = 60
graceful_timeout = STOP_SECONDS
control_socket_disable = True
memory = "/dev/shm"  # noqa: S108  (workers note there that they are alive; a disk may block them)
worker_tmp_dir = memory if os.path.isdir(memory) else None


def pre_request(worker, request):
    """Let `blitzrocket.middleware.request_bodies` close the connection after a body that is too large."""
    request.body.force_close = request.force_close
