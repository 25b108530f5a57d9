"""The base viewset of the API."""

from typing import Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.functional import cached_property
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from blitzrocket import strict_json
from blitzrocket.api.exceptions import ApiError, InvalidRequestBodyError, MethodNotAllowedError, NotFoundError
from blitzrocket.api.query_params import QuerySerializer
from blitzrocket.api.renderers import add_headers, json_response
from blitzrocket.limits import BODY_LIMIT, METHODS_WITH_BODY

ModelRow = TypeVar("ModelRow", bound=Model)


class ApiViewSet(GenericViewSet[Any]):
    """A viewset whose checks run in the order of docs/api.md.

    Method, key, kind of key, rate limit, size and type of the body; the action then looks up the contest and parses the
    body. Where an action has a body, ``serializer_class`` validates it.
    """

    uses_api_key = True
    needs_private_key = False  # for reading too; writing always needs one
    body_limit = BODY_LIMIT
    query_serializer_class: type[QuerySerializer] | None = None
    lookup_value_regex = "[^/]+"
    format_kwarg = None
    default_response_headers: ClassVar[dict[str, str]] = {}  # a 405 alone names the allowed methods

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Answer a request, and then let go of it: a viewset's methods and its request name the viewset.

        Else each call leaves 34 objects that only a search for garbage finds, which stops all calls of the process.
        """
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            vars(self).clear()

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """DRF's request, with what is asked for often at hand: it looks for each name in itself first, and fails."""
        drf_request: Any = super().initialize_request(request, *args, **kwargs)
        drf_request.META, drf_request.method = request.META, request.method
        del drf_request.parser_context["request"]  # which is itself: see ``dispatch``
        return cast("Request", drf_request)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Run the checks: DRF's, without the negotiation of formats and versions, of which there is one each."""
        if self.action is None:
            self.http_method_not_allowed(request)
        self.perform_authentication(request)
        self.check_permissions(request)
        self.check_throttles(request)
        if request.method in METHODS_WITH_BODY:
            _ = self.body

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Write the response. It has the rate limit's headers, also for an error: the authentication has counted it."""
        if isinstance(response, Response):
            response = json_response(response.data, response.status_code)
        if response.status_code == MethodNotAllowedError.status_code:
            response.headers["Allow"] = ", ".join(self.allowed_methods)
        count = getattr(request, "call_count", None)
        add_headers(response, {"Cache-Control": "no-store", **(count.headers if count else {})})
        return response

    @cached_property
    def body(self) -> bytes:
        """The body. Its type (also of an empty body, if it has one) and size are checked, its content is not."""
        request: Any = self.request
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length == "0" and not request.content_type:
            return b""
        parser = request.negotiator.select_parser(request, request.parsers)
        if length == "0":
            return b""
        body: bytes = parser.parse(request._request, request.content_type, {"request": request, "view": self})
        return body

    def get_object(self) -> Any:
        """The object in the URL. An id with a NUL is not looked up: PostgreSQL refuses the parameter."""
        if "\0" in self.kwargs[cast("str", self.lookup_url_kwarg)]:
            raise self.not_found()
        try:
            return super().get_object()
        except Http404:
            raise self.not_found() from None

    def not_found(self) -> ApiError:
        """The error where the URL names no row that the key may see."""
        return NotFoundError()

    def get_query_serializer_class(self) -> type[QuerySerializer] | None:
        """The serializer of the action's query parameters; None where it has none."""
        return self.query_serializer_class

    @cached_property
    def query(self) -> dict[str, Any]:
        """The validated query parameters.

        Raises:
            InvalidQueryParameterError: the details name each parameter and what to change.
        """
        query_serializer_class = cast("type[QuerySerializer]", self.get_query_serializer_class())
        serializer = query_serializer_class(data=self.request.query_params, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def read_body(self) -> dict[str, Any]:
        """The body's JSON object.

        Raises:
            InvalidRequestBodyError: it is empty, not JSON or not an object; the details say what to change.
        """
        if not self.body:
            raise self._invalid_body("The body is empty; send a JSON object.")
        try:
            body = strict_json.read(self.body)
        except strict_json.InvalidJSON as error:
            raise self._invalid_body(str(error)) from None
        if not isinstance(body, dict):
            raise self._invalid_body("The body must be a JSON object, in curly braces.")
        return body

    def _invalid_body(self, message: str) -> InvalidRequestBodyError:
        invalid_message = cast("Any", self.get_serializer_class()).invalid_message
        return InvalidRequestBodyError(invalid_message, details=[{"field": "", "message": message}])

    def read_validated(self) -> dict[str, Any]:
        """The body's values, validated by the action's serializer.

        Raises:
            InvalidRequestBodyError: the details name each field and what to change.
        """
        serializer = self.get_serializer(data=self.read_body())
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)


def get_or_raise(queryset: QuerySet[ModelRow], pk: str, error: type[ApiError]) -> ModelRow:
    """The row with that id, or raise the error. An id with a NUL is not looked up: PostgreSQL refuses the parameter."""
    row = queryset.filter(pk=pk).first() if "\0" not in pk else None
    if row is None:
        raise error
    return row
