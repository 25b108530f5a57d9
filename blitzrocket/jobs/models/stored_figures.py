"""Figures that take too long to be read whenever they are asked for."""

from django.db import models
from django.utils import timezone


class StoredFigure(models.Model):
    """The newest value of a figure, and when it was found."""

    name = models.CharField("name", max_length=60, primary_key=True)
    value = models.FloatField("value")
    at = models.DateTimeField("found at")

    class Meta:
        verbose_name = "stored figure"
        verbose_name_plural = "stored figures"

    def __str__(self) -> str:
        return self.name


def store_figure(name: str, value: float) -> None:
    StoredFigure.objects.update_or_create(name=name, defaults={"value": value, "at": timezone.now()})
