"""The one address."""

from django.urls import path

from bench.peers.drf.views import PurchaseView

urlpatterns = [path("api/v1/contests/<str:contest_id>/purchases", PurchaseView.as_view())]
