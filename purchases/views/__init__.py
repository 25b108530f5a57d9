from purchases.views.record import PurchaseViewSet

__all__ = ["PurchaseViewSet"]
