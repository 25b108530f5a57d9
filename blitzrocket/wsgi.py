"""The WSGI application for the web server: Django, behind the handling of request bodies and the limit of THREADS."""

import os

from django.conf import settings

from blitzrocket.garbage import leave_out_what_is_loaded, search_less_often
from blitzrocket.middleware.concurrency import with_limit
from blitzrocket.middleware.request_bodies import with_bodies
from blitzrocket.postgres.connection import limit_statements
from blitzrocket.wsgi_handler import wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
search_less_often()
application = with_bodies(with_limit(wsgi_application(), settings.THREADS))

from blitzrocket.api.document import openapi_document  # noqa: E402  (it needs the settings)

limit_statements()
openapi_document()  # before the first request, because building it is not thread-safe
leave_out_what_is_loaded()
