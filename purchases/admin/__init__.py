from purchases.admin import attempts, imports, purchase, waiting

__all__ = ["attempts", "imports", "purchase", "waiting"]
