from purchases.admin import contests, entries, menu, pending_refunds, purchases, rejected_purchases

__all__ = ["contests", "entries", "menu", "pending_refunds", "purchases", "rejected_purchases"]
