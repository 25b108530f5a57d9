"""A copied shop is one as the services make it."""

import re

from django.db import connection

from tests.copied_rows import CopiedRows
from tests.support import Shop, _first_shops, make_shop, record


def rows_of(shop: Shop) -> list[str]:
    """All rows of the shop's team; what each has for itself is left out: ids, the number in its name, times, a code."""
    connection.check_constraints()
    texts = CopiedRows(shop.team, shop.contest)._texts
    secret = r"brk_\w+|\b[0-9a-f]{64}\b"
    number = r"(?<=^\()\d+(?=,)"
    time = r"\d+-\d\d-\d\d [\d:.+]+"
    an_id = r"(?:[a-z]+_)?[0-9a-hjkmnp-tv-z]{26}"
    own = "|".join([secret, number, time, an_id, shop.team.name, shop.entry.referral_code])
    return sorted(re.sub(own, "…", text) for text in texts)


def test_a_copy_has_the_rows_that_the_services_make(db: None) -> None:
    _first_shops.clear()
    by_services = make_shop("grace@example.com")
    while not _first_shops:
        by_services = make_shop("grace@example.com")
    copied = make_shop("grace@example.com")
    assert rows_of(copied) == rows_of(by_services)
    assert len(rows_of(copied)) == 9
    assert {by_services.contest.pk, by_services.entry.pk}.isdisjoint({copied.contest.pk, copied.entry.pk})


def test_the_objects_of_a_copy_are_its_rows(db: None) -> None:
    shop = [make_shop() for _ in range(3)][-1]
    for each in (shop.team, shop.contest, shop.entry, *shop.keys.values()):
        stored = type(each)._base_manager.get(pk=each.pk)
        fields = [field.attname for field in each._meta.concrete_fields]
        assert [getattr(each, name) for name in fields] == [getattr(stored, name) for name in fields]
    assert shop.contest.rule_set is not None
    assert shop.contest.rule_set.terms == shop.contest.rule_sets.get().terms
    assert {shop.entry.contest, shop.contest.rule_set.contest} == {shop.contest}
    assert record(shop, "20.00").points_awarded == 20
