"""The API's URL of keys."""

from django.urls import re_path

from apikeys.api.views import KeyViewSet

urlpatterns = [re_path("^key/?$", KeyViewSet.as_view({"get": "retrieve"}), name="key")]
