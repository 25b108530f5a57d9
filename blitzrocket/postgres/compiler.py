"""Django's compilers of statements, of which one takes fewer steps for the columns that it selects and orders by."""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql import compiler
from django.db.backends.postgresql.compiler import (
    SQLAggregateCompiler,
    SQLDeleteCompiler,
    SQLInsertCompiler,
    SQLUpdateCompiler,
)
from django.db.models.expressions import Col

# All that Django looks for in `compiler_module`.
__all__ = ["SQLAggregateCompiler", "SQLCompiler", "SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]


class SQLCompiler(compiler.SQLCompiler):
    select: Any  # the stubs know it only as filled

    def compile(self, node: Any) -> tuple[str, Any]:
        """A column of a table at once: most of what is compiled are these, and each would go through four calls."""
        if type(node) is Col and node.alias:
            quoted: Any = self.quote_name_unless_alias
            return f"{quoted(node.alias)}.{quoted(node.target.column)}", []
        sql: tuple[str, Any] = super().compile(node)
        return sql

    def _order_by_pairs(self) -> Any:
        """Django's pairs, without looking for a name among selected columns that have none of their own.

        It makes a table of all selected columns for that, by a hash of everything that each was constructed with: a
        fifth of compiling a statement. Only an expression is ever found there.
        """
        pairs: Any = super()._order_by_pairs
        selected = self.select
        if self.query.combinator or not self._orders_by_names() or any(alias for _, _, alias in selected or ()):
            return pairs()
        self.select = []
        try:
            return list(pairs())
        finally:
            self.select = selected

    def _orders_by_names(self) -> bool:
        query, meta = self.query, self.query.get_meta()
        by_default: Sequence[Any] = (meta.ordering if meta and query.default_ordering else None) or ()
        return all(isinstance(each, str) for each in query.extra_order_by or query.order_by or by_default)
