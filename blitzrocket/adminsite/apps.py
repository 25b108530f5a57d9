from django.apps import AppConfig
from django.contrib import admin


class AdminSiteConfig(AppConfig):
    name = "blitzrocket.adminsite"
    verbose_name = "Admin site"

    def ready(self) -> None:
        admin.site.index_title = "Overview"
