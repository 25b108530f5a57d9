"""The check of the Host header, before any other code uses the host name."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import render

logger = logging.getLogger(__name__)

MAX_SHOWN_LENGTH = 255


class AllowedHostMiddleware:
    """400 for a Host header that ALLOWED_HOSTS does not have.

    The sentence that names it and the setting is for operators: it is in the log, and in the answer where DEBUG is on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            request.get_host()
        except DisallowedHost:
            return self._refuse(request)
        return self.get_response(request)

    def _refuse(self, request: HttpRequest) -> HttpResponse:
        sentence = log_refused_host(request)
        sentences = [sentence] if settings.DEBUG else []
        return render(request, "error.html", {"title": "Bad request", "sentences": sentences}, status=400)


def log_refused_host(request: HttpRequest) -> str:
    """Log why the host is refused; returns the sentence, which is for operators."""
    sentence = f"Bad request: {_problem_with(request.META.get('HTTP_HOST', ''))}"
    logger.warning(sentence)
    return sentence


def _problem_with(host: str) -> str:
    quoted_host = ascii(host[:MAX_SHOWN_LENGTH])[1:-1]
    domain, _port = split_domain_port(host)
    if not domain:
        return f"the Host header “{quoted_host}” is not a host name. A proxy before this server must pass the client's."
    return f"the Host header “{quoted_host}” is not allowed. Add it to ALLOWED_HOSTS."
