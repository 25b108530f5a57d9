"""Limits of request bodies, in bytes."""

METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
BODY_LIMIT = 64 * 1024  # of an API call, unless its view sets another
LARGEST_BODY = 1024 * 1024  # of any API call
LARGEST_UPLOAD = 16 * 1024 * 1024  # of an admin form sent without Content-Length
READ_OFF_SECONDS = 5.0  # for reading the rest of a body after the response; at most LARGEST_BODY is read
