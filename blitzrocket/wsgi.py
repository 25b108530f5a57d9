"""The WSGI application for gunicorn: Django, behind the handling of request bodies."""

import os

from blitzrocket.middleware.request_bodies import with_bodies
from blitzrocket.postgres.connection import limit_statements
from blitzrocket.wsgi_handler import wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
application = with_bodies(wsgi_application())

from blitzrocket.api.document import openapi_document  # noqa: E402  (it needs the settings)

limit_statements()
openapi_document()  # before the first request, because building it is not thread-safe
