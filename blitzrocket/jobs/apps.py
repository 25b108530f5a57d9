from importlib import import_module

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "blitzrocket.jobs"
    verbose_name = "Jobs"

    def ready(self) -> None:
        import_module("blitzrocket.jobs.gauges")  # needs the models, which are loaded only now
