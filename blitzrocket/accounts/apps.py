from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "blitzrocket.accounts"
    verbose_name = "Team"

    def ready(self) -> None:
        # They register chores, and need the models.
        import_module("blitzrocket.accounts.services.sign_in_cleanup")
        import_module("blitzrocket.accounts.services.mail_chores")
