"""The WSGI application for the web server: Django, behind the handling of request bodies and the limit of THREADS."""

import gc
import os

from django.conf import settings

from blitzrocket.middleware.concurrency import with_limit
from blitzrocket.middleware.request_bodies import with_bodies
from blitzrocket.postgres.connection import limit_statements
from blitzrocket.wsgi_handler import wsgi_application

# New objects until Python searches for garbage. Its own 700 are made by a few dozen orders of a batch.
NEW_OBJECTS = 20_000

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
application = with_bodies(with_limit(wsgi_application(), settings.THREADS))

from blitzrocket.api.document import openapi_document  # noqa: E402  (it needs the settings)

limit_statements()
openapi_document()  # before the first request, because building it is not thread-safe
# What is loaded stays. Without this, each full search for garbage goes through all of it, in the middle of a call.
gc.collect()
gc.freeze()
gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
