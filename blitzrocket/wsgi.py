"""The WSGI applications for web servers.

`application` is for any of them: Django, behind the reading of request bodies and the limit of THREADS.
`whole_requests` is for our gunicorn worker, which does both by itself.
"""

import os

from django.conf import settings

from blitzrocket.garbage import leave_out_what_is_loaded, search_less_often
from blitzrocket.middleware.concurrency import with_limit
from blitzrocket.middleware.request_bodies import with_bodies, with_limits
from blitzrocket.postgres.connection import limit_statements
from blitzrocket.wsgi_handler import wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "blitzrocket.settings")
search_less_often()
whole_requests = with_limits(wsgi_application())
application = with_bodies(with_limit(whole_requests, settings.THREADS))

from blitzrocket.api.document import openapi_document  # noqa: E402  (it needs the settings)

limit_statements()
openapi_document()  # before the first request, because building it is not thread-safe
leave_out_what_is_loaded()
