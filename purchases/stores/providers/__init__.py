"""One module a store, found by itself; docs/stores/write-a-provider.md says how to write one."""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from purchases.stores.provider import Provider


def _providers() -> Iterator[Provider]:
    for module in iter_modules(__path__):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Provider) and value is not Provider:
                yield value()


def _by_position(provider: Provider) -> tuple[int, str]:
    return provider.position, provider.title.lower()


PROVIDERS: dict[str, Provider] = {provider.kind: provider for provider in sorted(_providers(), key=_by_position)}
