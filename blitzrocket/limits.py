"""Which requests have a body, and how large it may be, in bytes."""

METHODS_WITH_BODY = ("POST", "PUT", "PATCH")
BODY_LIMIT = 64 * 1024  # of a call to the API, where its view does not say otherwise
LARGEST_BODY = 1024 * 1024  # of any call to the API
LARGEST_UPLOAD = 16 * 1024 * 1024  # of a form of the admin that is sent without its length
READ_OFF_SECONDS = 5.0  # for what is left of a body, after the answer; at most LARGEST_BODY is read
