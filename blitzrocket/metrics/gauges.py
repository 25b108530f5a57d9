"""Figures that the database has; read when the metrics are asked for.

An app registers each with `gauges` beside the function that reads it, and imports it in ``ready()``.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import Error, connection

# A figure by the values of its labels, in their order.
Read = Callable[[], Mapping[tuple[str, ...], float]]


@dataclass(frozen=True, slots=True)
class DatabaseGauge:
    """A figure of the database, with its labels."""

    name: str
    help: str
    labels: Sequence[str]
    read: Read


GAUGES: list[DatabaseGauge] = []


def gauge(name: str, text: str, labels: Sequence[str] = ()) -> Callable[[Read], Read]:
    """Register a function that reads a figure."""

    def register(read: Read) -> Read:
        GAUGES.append(DatabaseGauge(name, text, labels, read))
        return read

    return register


class DatabaseCollector:
    """Prometheus' view of these figures. Where the database is away, ``blitzrocket_database_up`` is all there is."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415  (see the package)

        families = []
        try:
            for each in GAUGES:
                family = GaugeMetricFamily(each.name, each.help, labels=each.labels)
                for labels, value in each.read().items():
                    family.add_metric(labels, value)
                families.append(family)
        except Error:
            families = []
            is_up = False
        else:
            is_up = True
        finally:
            connection.close()
        yield GaugeMetricFamily("blitzrocket_database_up", "Whether the database answers.", value=is_up)
        yield from families
