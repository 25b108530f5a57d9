"""A plugin for pytest: a test fails when our code reads or writes a contest's table without naming the contest.

Each table of a contest has ``contest_id``. A statement names the contest where it compares that column of every such
table that it reads or writes with a value, or with the column of a table for which it does so; an insert gives it.
Such a statement goes to one server when contests are spread over several, and locks rows of its contest alone.

What only reads may also compare it with a list, or with the column of a subquery or of rows that are sent: that asks
the servers of several contests, and locks nothing. What writes or locks may not: Citus does not look into a ``WITH`` or
an array for the contest, and would send it to all servers.

Rejected orders belong to the contest as sent; see `RejectedPurchase`. Reads may name their contest or team instead.

What cannot be sent to one server of several although it names the contest is looked for too; see `unspreadable`.

Statements of the tests themselves are not looked at, nor what a web server in a process of its own sends.
"""

import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from types import FrameType, MappingProxyType
from typing import Any

import pytest
from django.db.backends.signals import connection_created

ROOT = Path(__file__).resolve().parent.parent
OURS = tuple(f"{ROOT / app}/" for app in ("apikeys", "blitzrocket", "contests", "purchases"))
TESTS = f"{ROOT / 'tests'}/"
REJECTED = "purchases_rejectedpurchase"
# They pass on what others ask for.
TRANSPARENT = (f"{ROOT / 'blitzrocket/postgres'}/", f"{ROOT / 'contests/models/fields.py'}")

# By file and function: why it need not name the contest where it reads without a lock. `ADMIN` stands for what Django's
# own admin views read: the pages and lists of a superuser, who sees all teams.
ADMIN = "blitzrocket/middleware/sign_in_again.py:SignInAgainMiddleware.__call__"
READS = {
    ADMIN: "a superuser's lists are over all contests",
    "blitzrocket/adminsite/lists/row_list.py:RowList._read": "the same, also those found by a search",
    "blitzrocket/adminsite/lists/row_list.py:RowList._count": "the same",
    "blitzrocket/accounts/admin/team_scoped.py:TeamScopedAdmin.get_object": "an address in the admin has no contest",
    "contests/admin/entry.py:EntryAdmin.changeform_view": "the same",
    "contests/admin/contest_pages.py:ContestFormMixin.changeform_view": "the same; rules of a form are looked up by id",
    "contests/services/preview.py:effects_of": "the orders chosen in a list may be of several contests",
    "purchases/services/backtest.py:delete_old_backtests": "Django looks for what refers to the jobs that it deletes",
    "contests/imports/steps.py:delete_old_import_rows": "a chore that looks for old imports of all contests",
    "purchases/stores/active_connections.py:_read_version": "its address has no contest; small, on every server",
    "purchases/stores/active_connections.py:_connection": "the same",
    "purchases/services/ledger_check.py:_faulty_rows": "an order is rejected for one contest and recorded in another",
    "purchases/outgoing/chores.py:tell_ended_contests": "a chore over the endpoints of all contests, of which are few",
    "purchases/outgoing/chores.py:delete_old_events": "the same",
    "purchases/outgoing/sending.py:_with_due_events": "finds the endpoints of all contests that have something to send",
    "purchases/gauges.py:_count": "metrics are of all contests",
    "purchases/services/delivery_retention.py:delete_old_deliveries": "a chore over the connections of all",
    "purchases/services/rejections.py:_saved_today": "counts what a key sent today, to whatever contest",
    "purchases/services/release.py:_walk": "a chore that walks the held orders of all contests by their index",
    "purchases/services/retention.py:_delete_in_chunks": "a chore that finds old rows of all contests by their index",
    "purchases/services/retention.py:_delete_old_held": "the same",
    "purchases/services/retention.py:limit_held_purchases": "the same",
    "purchases/stores/secrets.py:stored_secrets": "a command over the secrets of all contests",
    "purchases/stores/secrets.py:reencrypt_all": "the same",
    "purchases/stores/interrupted.py:process_interrupted_deliveries": "a chore over the connections of all contests",
    "purchases/stats/totals.py:_changed_one_by_one": "the totals of all contests, one row each",
    "purchases/stats/totals.py:_changed": "a chore that finds each contest's place in an index by >=",
}

# By file and function: why it may send what `unspreadable` finds.
NOT_SPREAD = {
    "apikeys/key_use.py:_use": "where tables are spread, three statements do it",
    "purchases/stats/totals.py:_changed": "where contests are spread, each is asked instead",
}

# The pages here list rows, and a superuser sees those of all teams; a look-up by id is no list.
LISTS = ("blitzrocket/adminsite/", "contests/admin/", "purchases/admin/")

_missing: list[str] = []
_unspreadable: list[str] = []


def pytest_configure() -> None:
    connection_created.connect(_watch, dispatch_uid="statements")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _missing.clear()
    _unspreadable.clear()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    yield
    if _missing:
        pytest.fail("A statement does not name the contest of its rows:\n" + "\n".join(_missing), pytrace=False)
    if _unspreadable:
        pytest.fail("Not possible with contests spread over servers:\n" + "\n".join(_unspreadable), pytrace=False)


def _watch(connection: Any, **_: Any) -> None:
    """Each thread has a connection of its own, which keeps its wrappers when it connects again."""
    if _check not in connection.execute_wrappers:
        connection.execute_wrappers.append(_check)


# Each has a name of its own, so that a process sends more different texts of these than of all others.
_SAVEPOINTS = ("SAVEPOINT ", "RELEASE SAVEPOINT ", "ROLLBACK TO SAVEPOINT ")


def _check(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    if isinstance(sql, str) and not sql.startswith(_SAVEPOINTS):
        tables, reasons = _faults(sql)
        if tables or reasons:
            _note(sql, tables, reasons)
    return execute(sql, params, many, context)


@cache
def _faults(sql: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is wrong with a text, whoever sends it. Looking at one takes longer than sending it."""
    return tables_without_contest(sql), unspreadable(sql)


def _note(sql: str, tables: tuple[str, ...], reasons: tuple[str, ...]) -> None:
    """Keep what is wrong with a statement until the end of the test, unless its sender may send it."""
    sender = _sender()
    if sender is not None and tables and not _is_excepted(sender, sql):
        _missing.append(f"{sender}: {', '.join(tables)} in {sql}")
    if sender is not None and reasons and sender not in NOT_SPREAD:
        _unspreadable.append(f"{sender}: {', '.join(reasons)} in {sql}")


def _is_excepted(sender: str, sql: str) -> bool:
    if not _reads(sql):
        return False
    is_list = sender.startswith(LISTS) and not re.search(r"\"id\" (?:= %s|IN \()", sql)
    return sender in READS or is_list


def _sender() -> str | None:
    """The file and function of ours that the statement comes from; None where a test is nearer."""
    frame: FrameType | None = sys._getframe(3)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(TESTS) and file != __file__:
            return None
        if file.startswith(OURS) and not file.startswith(TRANSPARENT):
            return f"{Path(file).relative_to(ROOT)}:{frame.f_code.co_qualname.split('.<locals>')[0]}"
        frame = frame.f_back
    return None


@cache
def contest_tables() -> dict[str, str]:
    """The tables of a contest's rows, each with the column that names it."""
    from blitzrocket.distribution.placement import all_placements  # noqa: PLC0415  (models load after plugins)

    return {each.table: each.column for each in all_placements() if each.column}


@cache
def shared_tables() -> tuple[str, ...]:
    """The tables that Citus has: of contests, on every server, or on the coordinator for every server to ask."""
    from blitzrocket.distribution.placement import all_placements  # noqa: PLC0415  (models load after plugins)

    return tuple(each.table for each in all_placements() if each.kind != "unshared")


@cache
def _names_of_tables() -> str:
    return "|".join(contest_tables())


_OF_WHOLE_TABLES = ("VACUUM", "ALTER TABLE", "DROP TRIGGER")


def tables_without_contest(sql: str) -> tuple[str, ...]:
    """The tables of a contest's rows for which a statement does not name it."""
    if sql.lstrip().startswith(_OF_WHOLE_TABLES) or not any(table in sql for table in contest_tables()):
        return ()
    parts = _parts(sql)
    values = {"?", *(name for part in parts for name in _contests_in(part))}
    return tuple(table for part in parts for table in _unnamed(part, values))


def _contests_in(part: str) -> Iterator[str]:
    """The columns of a part's tables that name the contest, as the parts inside it call them."""
    for alias, table in _relations(part, _names_of_tables()).items():
        yield f"{alias}.{contest_tables()[table]}"


def unspreadable(sql: str) -> tuple[str, ...]:
    """What a statement on contests' tables does that cannot be done where these are spread by contest."""
    if not any(table in sql for table in shared_tables()):
        return ()
    *subqueries, statement = _parts(sql)
    problems = ["a lateral join"] if any(re.search(r"\blateral\b", part) for part in (*subqueries, statement)) else []
    if any(_is_of_a_small_table(part) for part in subqueries):
        problems.append("a correlated subquery of a small table")
    if any(_joins_by_a_small_table(part) for part in (*subqueries, statement)):
        problems.append("a left join of rows of all contests by their contest")
    for part in (*subqueries, statement):
        problems += _unspreadable_in(part)
    if _inserts_from_locks(subqueries, statement):
        problems.append("an insert beside a lock on rows that are joined with others")
    if _reads_contest_as_text(sql):
        problems.append("the contest as text, read of several contests")
    return tuple(problems)


def _inserts_from_locks(subqueries: Collection[str], statement: str) -> bool:
    return any(re.search(r"\binsert\s+into\b", part) for part in (*subqueries, statement)) and any(
        _LOCKS.search(part) and re.search(r"\bjoin\b|\bfrom\b[^()]*?,", part) for part in subqueries
    )


_SELECTED = re.compile(r"\bselect\b(.*?)\bfrom\b", re.DOTALL)


def _reads_contest_as_text(sql: str) -> bool:
    """Whether what reads several contests returns their column with a cast: Citus expects a text and gets a varchar.

    As a part of an expression it may be cast.
    """
    for part in _parts(sql.replace("::text", " as_text")) if "::text" in sql else ():
        relations = _relations(part, _names_of_tables())
        selected = _SELECTED.search(part)
        casts = _CAST.findall(selected[1]) if selected and relations else []
        is_of_contest = any(_relation_of(column, relations, {}, reads=False) for column in casts)
        if is_of_contest and not _names_a_contest(part, relations):
            return True
    return False


def _is_of_a_small_table(part: str) -> bool:
    """Whether a subquery compares the contest of its rows with the id of a row outside it."""
    relations, contests = _relations(part, _names_of_tables()), _relations(part, "contests_contest")
    for left, _operator, right in _comparisons(part):
        for own, other in ((left, right), (right, left)):
            alias, _, column = re.sub(r"\s", "", other).rpartition(".")
            if not alias or column.startswith("contest_") or not _relation_of(own, relations, {}, reads=True):
                continue
            if alias not in contests and not re.search(rf"\b{alias}\b(?!\s*\.)", part):
                return True
    return False


def _joins_by_a_small_table(part: str) -> bool:
    """Whether a left join compares the contest of its rows only with the contests of others, and none is named."""
    tables = _names_of_tables()
    relations, contests = _relations(part, tables), _relations(part, "contests_contest")
    if len(relations) < 2 or any(
        "?" in (left, right) and _relation_of(side, relations, contests, reads=False)
        for left, operator, right in _comparisons(part)
        if operator == "="
        for side in (left, right)
    ):
        return False
    joins = re.findall(rf"\bleft\s+(?:outer\s+)?join\s+(?:{tables})\b(.*?)(?=\bjoin\b|\bwhere\b|$)", part, re.DOTALL)
    return any(rf"{alias}.id" in on for on in joins for alias in contests)


_LOCKS = re.compile(r"\bfor\s+(?:no\s+key\s+)?update\b|\bfor\s+(?:key\s+)?share\b")
_NOT_IMMUTABLE = re.compile(r"\b(?:now|(?:clock|statement|transaction)_timestamp|current_\w+|nextval|random)\b")


def _unspreadable_in(part: str) -> Iterator[str]:
    relations = _relations(part, _names_of_tables())
    if relations and _LOCKS.search(part) and not _names_a_contest(part, relations):
        yield "locks in several contests"
    if not _relations(part, "|".join(shared_tables())):
        return
    written = re.split(r"\breturning\b|\bdo\s+update\s+set\b", part)[1:]
    if "(subquery)" in _inserted(part):
        yield "a subquery in what an insert writes, updates or returns"
    if any(_NOT_IMMUTABLE.search(text) for text in written):
        yield "a function in what it returns or updates that is not immutable"


def _names_a_contest(part: str, relations: Mapping[str, str]) -> bool:
    """Whether it compares the contest of one of these with a value."""
    return any(
        operator == "="
        and "?" in (left, right)
        and any(_relation_of(side, relations, {}, reads=False) for side in (left, right))
        for left, operator, right in _comparisons(part)
    )


def _inserted(part: str) -> str:
    """The values of an insert, and what it updates and returns; without the select that it inserts from."""
    insert = re.search(rf"\binsert\s+into\s+{_NAME}(?:\s+as\s+{_NAME})?\s*\([^)]*\)(.*)", part, re.DOTALL)
    if insert is None:
        return ""
    remainder = insert[1]
    after = re.split(r"(\bon\s+conflict\b|\breturning\b)", remainder)[1:]
    return remainder if re.match(r"\s*values\b", remainder) else "".join(after)


def _plain(sql: str) -> str:
    """Lower case, without comments, texts, quotation marks and names of parameters."""
    sql = re.sub(r"--[^\n]*|/\*.*?\*/", " ", sql, flags=re.DOTALL)
    sql = re.sub(r"'(?:[^']|'')*'", "?", sql)
    sql = re.sub(r"%s|%\(\w+\)s", "?", sql)
    return re.sub(r"::\w+(?:\[\])?", "", sql.replace('"', "")).lower()


_SUBQUERY = re.compile(r"\(\s*(?:select|with|insert|update|delete)\b")
_SET_OPERATION = re.compile(r"\b(?:union|intersect|except)\b(?:\s+all\b)?")


@lru_cache(maxsize=10)
def _parts(sql: str) -> tuple[str, ...]:
    """The selects, inserts, updates and deletes of a statement in plain text, each without those inside it."""
    return tuple(_parts_of(_plain(sql)))


def _parts_of(sql: str) -> Iterator[str]:
    texts, is_subquery, end = [""], [], 0
    for bracket in re.finditer(r"[()]", sql):
        texts[-1] += sql[end : bracket.start()]
        end = bracket.end()
        if bracket[0] == "(":
            is_subquery.append(_SUBQUERY.match(sql, bracket.start()) is not None)
            if is_subquery[-1]:
                texts.append("")
                continue
        elif is_subquery and is_subquery.pop():
            yield from _SET_OPERATION.split(texts.pop())
            texts[-1] += " (subquery) "
            continue
        texts[-1] += bracket[0]
    texts[-1] += sql[end:]
    yield from _SET_OPERATION.split(texts.pop())


_NOT_ALIASES = (
    "as|cross|for|from|full|group|having|inner|join|left|limit|natural|on|order|right|select|set|using|values|where"
)
_NAME = r"[a-z_]\w*"


@lru_cache(maxsize=100)
def _relations(part: str, tables: str) -> Mapping[str, str]:
    """The tables that a part reads or writes, by what it calls them."""
    # `FOR UPDATE OF` names one a second time.
    part = re.sub(r"\bof\s+[\w., ]+", " ", part)
    return MappingProxyType({alias or table: table for table, alias in _relation(tables).findall(part)})


@cache
def _relation(tables: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.])({tables})(?![\w.])(?:\s+(?:as\s+)?(?!(?:{_NOT_ALIASES})\b)({_NAME}))?")


def _unnamed(part: str, values: Collection[str]) -> list[str]:
    insert = re.match(rf".*?\binsert\s+into\s+({_NAME})(?:\s+as\s+{_NAME})?\s*\(([^)]*)\)(.*)", part, re.DOTALL)
    if insert is None:
        part = re.split(r"\bon\s+conflict\b", part)[0]  # the end of an insert from several selects
        part = re.sub(r"\bset\b.*?(?=\bfrom\b|\bwhere\b|$)", " set ", part, count=1, flags=re.DOTALL)
        return _unnamed_in(part, values)
    table, columns, remainder = insert.groups()
    column = contest_tables().get(table)
    unnamed = [table] if column and column not in re.split(r"[\s,]+", columns) else []
    return unnamed + _unnamed_in(re.split(r"\bon\s+conflict\b|\breturning\b", remainder)[0], values)


def _unnamed_in(part: str, values: Collection[str]) -> list[str]:
    """The tables whose contest a part compares with none of these values, followed from one table to the next.

    In what only reads, anything is a value.
    """
    relations = _relations(part, _names_of_tables())
    if not relations:
        return []
    start = re.search(r"\b(?:from|update)\b", part)
    conditions = part[start.start() :] if start else part
    contests = _relations(conditions, "contests_contest")
    reads = _reads(part)
    named: set[str] = set()
    links: list[tuple[str, str]] = []
    for left, operator, right in _comparisons(conditions):
        names = [_relation_of(operand, relations, contests, reads=reads) for operand in (left, right)]
        if names[0] and names[1] and operator == "=":
            links.append((names[0], names[1]))
        elif reads:
            named |= {name for name in names if name}
        elif operator == "=":
            named |= {name for name, other in zip(names, (right, left), strict=True) if name and other in values}
    if re.search(r"\busing\s*\(\s*contest_id\b", conditions):
        links += pairwise(relations)
        named |= relations.keys() if reads else set()
    for _ in links:
        for pair in links:
            if named & set(pair):
                named |= set(pair)
    return [table for alias, table in relations.items() if alias not in named]


def _reads(sql: str) -> bool:
    """Whether it writes nothing and locks no row."""
    words = re.search(r"\b(?:insert|update|delete|for (?:key )?share)\b", sql, re.IGNORECASE)
    return words is None and re.match(r"\W*(?:select|with|declare)\b", sql, re.IGNORECASE) is not None


# A column as text that is returned as it is, or as one of an array.
_CAST = re.compile(
    rf"(?:^|,|\[|\barray_agg\s*\()\s*\(?\s*((?:{_NAME}\.)?{_NAME})\s*\)?\s+as_text\s*(?=$|[,\])]|\bas\b)", re.MULTILINE
)
# From the beginning of a word: it would be tried again from each of its letters.
_OPERAND = rf"\b(?:{_NAME}\s*\.\s*)?{_NAME}|\?"
_COMPARISON = re.compile(rf"({_OPERAND})\s*(?:,[^()=]*\)\s*)?(=|\bin\b)\s*\(?\s*({_OPERAND}|)")


@lru_cache(maxsize=100)
def _comparisons(conditions: str) -> tuple[tuple[str, str, str], ...]:
    """Both sides of each ``=`` and ``IN``; a row's first column stands for it."""
    return tuple((match[1], match[2], match[3]) for match in _COMPARISON.finditer(conditions))


def _columns(table: str, *, reads: bool) -> tuple[str, ...]:
    """The columns of a table that name the contest in what only reads, or also in what writes or locks."""
    column = contest_tables()[table]
    return (column, "contest_id", "team_id") if table == REJECTED and reads else (column,)


def _relation_of(operand: str, relations: Mapping[str, str], contests: Mapping[str, str], *, reads: bool) -> str | None:
    """The relation whose contest an operand is; None for anything else."""
    alias, _, column = re.sub(r"\s", "", operand).rpartition(".")
    if alias in contests:
        return alias if column == "id" or (column == "team_id" and reads) else None
    if not alias and len(relations) == 1:
        (alias,) = relations
    if alias in relations:
        return alias if column in _columns(relations[alias], reads=reads) else None
    return None
