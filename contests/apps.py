from importlib import import_module

from django.apps import AppConfig


class ContestsConfig(AppConfig):
    name = "contests"
    verbose_name = "Contests"

    def ready(self) -> None:
        # They register handlers of jobs, and need the models, which are loaded only now.
        import_module("contests.imports.services")
        import_module("contests.imports.revert")
