"""How gunicorn serves BlitzRocket; docs/configuration.md lists the variables."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured

from blitzrocket.limits import IDLE_SECONDS
from blitzrocket.logs import log_config
from blitzrocket.metrics.folder import forget_process, remove_folder
from blitzrocket.web_server import (
    APPLICATION,
    BACKLOG,
    CONNECTIONS,
    STOP_SECONDS,
    WHOLE_REQUESTS,
    allow_open_files,
    web_server_settings,
)

try:
    settings = web_server_settings()
    logconfig_dict = log_config()
except ImproperlyConfigured as error:
    sys.exit(f"BlitzRocket: {error}")
allow_open_files()

# Elsewhere there is no epoll: gunicorn's own worker is enough for development.
IS_LINUX = sys.platform == "linux"
wsgi_app = WHOLE_REQUESTS if IS_LINUX else APPLICATION
bind = settings.address
workers = settings.workers
threads = settings.threads
preload_app = True  # loaded once, in memory that all workers share; one that takes the place of another works at once
worker_class = "blitzrocket.gunicorn_server.worker.Worker" if IS_LINUX else "gthread"
logger_class = "blitzrocket.gunicorn_server.logger.EventLogger"
worker_connections = CONNECTIONS
backlog = BACKLOG
keepalive = int(IDLE_SECONDS)
timeout = 60
graceful_timeout = STOP_SECONDS
control_socket_disable = True
memory = "/dev/shm"  # noqa: S108  (workers note there that they are alive; a disk may block them)
worker_tmp_dir = memory if os.path.isdir(memory) else None


def child_exit(server, worker):
    forget_process(worker.pid)


def on_exit(server):
    remove_folder()
