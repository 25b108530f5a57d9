"""Ids in admin URLs, where Django quotes ``my_contest`` as ``my_5Fcontest``.

They are unquoted only here. Unquoting twice would be wrong too: an id may be ``my_5Fcontest``.
"""

from typing import Any, cast

from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import Http404, HttpRequest
from unfold.admin import ModelAdmin


def object_pk(obj: Any) -> str | None:
    """The primary key of an object, or of its quoted id in an admin URL; None for None."""
    if isinstance(obj, Model):
        return cast("str | None", obj.pk)
    return None if obj is None else unquote(str(obj))


class ObjectAddressMixin(ModelAdmin):
    def object_at(self, request: HttpRequest, object_id: Any) -> Any:
        """The object with this quoted id; None where there is none that the user may see."""
        key = object_pk(object_id)
        return None if key is None else self.get_object(request, key)

    def get_visible_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """The object that a URL names.

        Raises:
            Http404: there is none that the user may see.
        """
        obj = self.object_at(request, object_id)
        if obj is None:
            raise Http404
        return obj
