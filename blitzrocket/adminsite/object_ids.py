"""Ids in the admin's addresses: Django quotes them there, ``my_contest`` as ``my_5Fcontest``.

They are unquoted here and nowhere else. Twice would be as wrong as never: a contest may be called ``my_5Fcontest``.
"""

from typing import Any, cast

from django.contrib.admin.utils import unquote
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin


def object_pk(obj: Any) -> str | None:
    """The key of an object, or of the id by which an admin address names it; None for None."""
    if isinstance(obj, Model):
        return cast("str | None", obj.pk)
    return None if obj is None else unquote(str(obj))


class ObjectAddressMixin(ModelAdmin):
    def object_at(self, request: HttpRequest, object_id: Any) -> Any:
        """The object that an admin address names by this id; None if there is none that the user may see."""
        key = object_pk(object_id)
        return None if key is None else self.get_object(request, key)
