from importlib import import_module

from django.apps import AppConfig


class ApiKeysConfig(AppConfig):
    name = "apikeys"
    verbose_name = "API keys"

    def ready(self) -> None:
        import_module("apikeys.api.schema")  # drf-spectacular finds the extension once it is imported
