"""htmx requests for a part of a page: recognising them, redirecting the whole page, and the page they come from."""

from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme


def is_htmx(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of a page; a redirect's target would be inserted into that part."""
    return request.headers.get("HX-Request") == "true"


def go_to(url: str) -> HttpResponse:
    """A response by which htmx redirects the whole page."""
    return HttpResponse(headers={"HX-Redirect": url})


def page_of(request: HttpRequest) -> str:
    """The path and query of our page that sent a call or a form; empty where unknown."""
    url = request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")
    if not is_ours(request, url):
        return ""
    parts = urlsplit(url)
    page = parts._replace(scheme="", netloc="", fragment="").geturl()
    return page if is_ours(request, page) else ""


def is_ours(request: HttpRequest, url: str) -> bool:
    """Whether a URL from a request is on this site, and so safe to redirect to."""
    return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
