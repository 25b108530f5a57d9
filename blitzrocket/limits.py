"""How large a request may be; without imports, because the web server's configuration reads it too."""

BODY_LIMIT = 64 * 1024  # of a body, where a view does not say otherwise
READ_OFF_LIMIT = 1024 * 1024  # of a body that is too large: a client that still sends sees the answer
