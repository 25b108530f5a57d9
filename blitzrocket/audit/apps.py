from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "blitzrocket.audit"
    verbose_name = "Activity log"
