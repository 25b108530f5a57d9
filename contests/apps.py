from django.apps import AppConfig
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class ContestsConfig(AppConfig):
    name = "contests"
    verbose_name = _("Contests")

    def ready(self) -> None:
        admin.site.index_title = _("Overview")
