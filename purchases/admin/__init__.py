from purchases.admin import attempts, purchase, waiting

__all__ = ["attempts", "purchase", "waiting"]
