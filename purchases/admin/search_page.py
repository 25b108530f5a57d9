"""The search: the support desk's page of results, and what the box in the header suggests."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.urls import path

from blitzrocket.accounts.admin.team_scoped import change_url
from blitzrocket.postgres.replica import may_read_replica
from contests.models import Entry
from purchases.admin.open_items import open_item_links
from purchases.admin.order_page import OrderPageMixin
from purchases.admin.scope import search_scope
from purchases.admin.search_rows import ResultRow, contest_row, entry_row, key_row, member_row, order_row
from purchases.support.customer_replies import about_entry, attachable_among, customer_reply_for, reply_without_results
from purchases.support.open_items import open_items_for
from purchases.support.search import ListTerm, OrderResult, SearchResults, SearchScope, search, similar_entries
from purchases.support.suggestions import suggest
from purchases.support.team_search import TeamResults, search_teams

MAX_TEXT_LENGTH = 60_000  # 200 order ids of 255 characters, and their separators


class SearchMixin(OrderPageMixin):
    """Serves the search's pages, which belong to no single object."""

    def get_urls(self) -> list[Any]:
        pages = [("desk/", self.desk, "desk"), ("suggestions/", self.suggestions, "suggestions")]
        wrapped = [
            path(url, self.admin_site.admin_view(view), name=f"purchases_purchase_{name}") for url, view, name in pages
        ]
        return [*wrapped, *super().get_urls()]

    @may_read_replica
    def desk(self, request: HttpRequest) -> HttpResponse:
        """The results; an only one opens at once."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        parameters = request.POST if request.method == "POST" else request.GET
        text, by_prefix = parameters.get("q", "")[:MAX_TEXT_LENGTH], "begins" in parameters
        scope = search_scope(request)
        results = search(text, scope, by_prefix=by_prefix)
        of_teams = TeamResults() if results.terms else search_teams(text, scope)
        if not by_prefix and (only_result := _only_result(results, of_teams)) is not None:
            return redirect(change_url(only_result))
        is_empty = results.is_empty and not of_teams.all and not results.terms
        context = {
            **self.admin_site.each_context(request),
            "title": "Search" if results.text else "Support desk",
            "opts": self.opts,
            "q": text,
            "results": results,
            "terms": _term_rows(results.terms, scope),
            "groups": [] if results.terms else _groups(results.orders, results.entries, of_teams, scope),
            "is_empty": is_empty,
            "reply": reply_without_results(results.text) if is_empty else "",
            "similar": _similar(results.text, scope) if is_empty else [],
            "open_items": [] if results.text else open_item_links(open_items_for(scope)),
        }
        context["replies"] = "\n\n".join(reply for _term, _row, reply in context["terms"] if reply)
        return TemplateResponse(request, "admin/purchases/desk.html", context)

    def suggestions(self, request: HttpRequest) -> HttpResponse:
        """A few results for what is typed so far, as options of the box's list."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method != "POST":  # emails in an address would stand in logs
            return HttpResponseNotAllowed(["POST"])
        text = request.POST.get("q", "")[:MAX_TEXT_LENGTH]
        scope = search_scope(request)
        suggestions = suggest(text, scope)
        context = {
            "groups": _groups(suggestions.orders, suggestions.entries, suggestions.of_teams, scope),
            "count": suggestions.count,
            "terms": suggestions.terms,
            "q": text,
        }
        return render(request, "admin/purchases/suggestions.html", context)


def _groups(
    orders: Sequence[OrderResult], entries: Sequence[Entry], of_teams: TeamResults, scope: SearchScope
) -> list[tuple[str, str, list[ResultRow]]]:
    """The results by kind, each with its title and icon; kinds without results are left out."""
    names_contest = len(scope.contest_ids) > 1
    kinds: list[tuple[str, str, Callable[[Any], ResultRow], Sequence[Any]]] = [
        ("Orders", "shopping_bag", partial(order_row, names_contest=names_contest), orders),
        ("Entries", "person", partial(entry_row, names_contest=names_contest), entries),
        ("Contests", "emoji_events", contest_row, of_teams.contests),
        ("Team members", "badge", member_row, of_teams.members),
        ("API keys", "key", key_row, of_teams.keys),
    ]
    return [(title, icon, [*map(row, objects)]) for title, icon, row, objects in kinds if objects]


def _similar(text: str, scope: SearchScope) -> list[ResultRow]:
    names_contest = len(scope.contest_ids) > 1
    return [entry_row(entry, names_contest=names_contest) for entry in similar_entries(text, scope)]


def _only_result(results: SearchResults, of_teams: TeamResults) -> Model | None:
    if results.is_empty and not results.terms:
        return of_teams.all[0] if len(of_teams.all) == 1 else None
    return None if of_teams.all else results.only_result


def _term_rows(terms: list[ListTerm], scope: SearchScope) -> list[tuple[ListTerm, ResultRow | None, str]]:
    """Each term of a list with its result and the reply to its customer."""
    attachable = attachable_among(rejected for term in terms if term.order for rejected in term.order.rejections)
    names_contest = len(scope.contest_ids) > 1

    def row(term: ListTerm) -> ResultRow | None:
        if term.entry is not None:
            return entry_row(term.entry, names_contest=names_contest)
        return order_row(term.order, names_contest=names_contest) if term.order else None

    return [(term, row(term), _reply(term, attachable)) for term in terms]


def _reply(term: ListTerm, attachable: set[str]) -> str:
    """The reply for a term in its place of the list; one that is missing says so."""
    if term.is_missing:
        return reply_without_results(term.text) or f"{term.text}: no results."
    if term.entry is not None:
        return about_entry(term.entry)
    order = term.order
    if order is None:
        return f"{term.text}: search for it alone."
    return customer_reply_for(order.purchase, order.rejections, order.pending_refunds, order.order_id, attachable)
