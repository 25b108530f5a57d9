"""The view of unknown API URLs."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from blitzrocket.api.exceptions import NotFoundError, error_response


@csrf_exempt
def no_such_route(request: HttpRequest) -> HttpResponse:
    """The 404 of any API URL without a route."""
    return error_response(request, NotFoundError())
