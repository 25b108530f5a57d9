from purchases.admin import (
    activity,
    contests,
    deliveries,
    entries,
    menu,
    pending_refunds,
    purchases,
    rejected_purchases,
    store_connections,
    webhook_endpoints,
)

__all__ = [
    "activity",
    "contests",
    "deliveries",
    "entries",
    "menu",
    "pending_refunds",
    "purchases",
    "rejected_purchases",
    "store_connections",
    "webhook_endpoints",
]
