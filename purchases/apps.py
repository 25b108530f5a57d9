from importlib import import_module

from django.apps import AppConfig


class PurchasesConfig(AppConfig):
    name = "purchases"
    verbose_name = "Orders"

    def ready(self) -> None:
        import_module("purchases.hooks").connect()  # needs the models, which are loaded only now
