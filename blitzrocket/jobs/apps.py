from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "blitzrocket.jobs"
    verbose_name = "Jobs"
