from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "blitzrocket.accounts"
    verbose_name = "Team"

    def ready(self) -> None:
        import_module("blitzrocket.accounts.services.sign_in_cleanup")  # registers a chore; needs the models
