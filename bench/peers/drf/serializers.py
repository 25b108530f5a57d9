"""The body of a record call."""

from decimal import Decimal

from rest_framework import serializers


class PurchaseSerializer(serializers.Serializer):
    email = serializers.EmailField(max_length=254)
    orderId = serializers.CharField(max_length=255)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2, min_value=Decimal("0.01"))
    currency = serializers.RegexField(r"^[A-Z]{3}$", default="USD")
