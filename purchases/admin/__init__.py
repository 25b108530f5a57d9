from purchases.admin import activity, contests, entries, menu, pending_refunds, purchases, rejected_purchases

__all__ = ["activity", "contests", "entries", "menu", "pending_refunds", "purchases", "rejected_purchases"]
