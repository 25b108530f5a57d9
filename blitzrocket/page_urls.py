"""URLs of pages that have no arguments, of which a page of the admin asks for three dozen."""

from django.urls import get_script_prefix, get_urlconf, reverse

from blitzrocket.process_cache import once_a_process


def page_url(name: str) -> str:
    """`reverse`, looked up once a process; the prefix is that of a server which serves this site below one."""
    return _page_url(name, get_urlconf(), get_script_prefix())


@once_a_process
def _page_url(name: str, urlconf: str | None, prefix: str) -> str:
    """`reverse` reads the URL configuration and the prefix itself; here they tell the results apart."""
    return reverse(name)
