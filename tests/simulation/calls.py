"""The clients: of the API, of the stores, and a browser at the admin. Each tries until there is a clear answer."""

import itertools
import json
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import requests
from django.contrib.admin.utils import quote

from tests.simulation.coverage import BULK, STORE_EVENT, Coverage

GIVE_UP_SECONDS = 120
PAUSE_SECONDS = 0.1
ANSWER_SECONDS = 40
TO_BE_SENT_AGAIN = {500, 503}
SIGN_INS = 10  # tries, while the database comes and goes
DIGITS = 6  # of a code; a recovery code has more
ALL_ROWS = {"purchases/rejectedpurchase": "attention=all"}  # what shows them, where a list has a filter at first
ONE_AT_A_TIME = threading.Lock()  # so many at once are taken for guessing


class Unexpected(Exception):
    """An answer that the model did not expect; the message says which."""


@dataclass
class Target:
    """Where the service is, and who calls it."""

    base_url: str
    contest_id: str
    key: str
    owner: str
    password: str
    connections: dict[str, str] = field(default_factory=dict)  # ids by kind of store
    custom_secret: str = ""
    public_key: str = ""


@dataclass
class Tries:
    """What was sent, and what came back, over all clients."""

    calls: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    coverage: Coverage = field(default_factory=Coverage)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, name: str, send: Callable[[], requests.Response]) -> tuple[requests.Response, int]:
        """The first clear answer, and how often it was sent.

        Raises:
            Unexpected: there was none for two minutes.
        """
        until = time.monotonic() + GIVE_UP_SECONDS
        for attempt in itertools.count(1):
            try:
                response = send()
            except requests.RequestException:
                response = None
            self._count(name, response)
            if response is not None and response.status_code not in TO_BE_SENT_AGAIN:
                self.coverage.answered(response)
                return response, attempt
            if time.monotonic() > until:
                break
            time.sleep(PAUSE_SECONDS)
        raise Unexpected(f"{name}: no clear answer for {GIVE_UP_SECONDS} s")

    def _count(self, name: str, response: requests.Response | None) -> None:
        with self.lock:
            self.calls[name] += 1
            if response is None:
                self.unanswered += 1
            else:
                self.statuses[response.status_code] += 1


class Api:
    """Calls of the API with a private key."""

    def __init__(self, target: Target, tries: Tries) -> None:
        self.target, self.tries = target, tries
        self._session = requests.Session()

    def get(self, path: str, **query: str) -> Any:
        return self._call("GET", path, None, query)

    def post(self, path: str, body: Any, *, accepted: tuple[int, ...] = (200, 201)) -> Any:
        return self._call("POST", path, body, {}, accepted)

    def put(self, path: str, body: Any) -> Any:
        return self._call("PUT", path, body, {})

    def hook(self, path: str, body: Any, accepted: tuple[int, ...] = (200, 201)) -> Any:
        """A webhook with the secret of the custom connection."""
        url, headers = f"{self.target.base_url}/api/webhooks{path}", {"x-webhook-secret": self.target.custom_secret}
        response, _ = self.tries.send(
            f"POST /webhooks/{path.split('/')[1]}",
            lambda: self._session.post(url, json=body, headers=headers, timeout=ANSWER_SECONDS),
        )
        data = data_of(response, path, accepted)
        self.tries.coverage.add(STORE_EVENT, f"custom {path.split('/')[1]}")
        return data

    def _call(
        self, method: str, path: str, body: Any, query: Mapping[str, str], accepted: tuple[int, ...] = (200, 201)
    ) -> Any:
        url = f"{self.target.base_url}/api/v1{path.replace(':contest', self.target.contest_id)}"
        headers = {"x-api-key": self.target.key}
        response, _ = self.tries.send(
            f"{method} {name_of(path)}",
            lambda: self._session.request(
                method, url, json=body, params=query, headers=headers, timeout=ANSWER_SECONDS
            ),
        )
        return data_of(response, path, accepted)


def name_of(path: str) -> str:
    """The path without its ids."""
    return "/".join(":id" if "_" in part else part for part in path.split("/"))


def data_of(response: requests.Response, path: str, accepted: tuple[int, ...]) -> Any:
    """What the answer carries: its data, or the whole of an error that was expected."""
    if response.status_code not in accepted:
        raise Unexpected(f"{path}: {response.status_code} {response.text[:300]}")
    answer = response.json()
    return answer["data"] if answer["success"] else answer


class Stores:
    """Deliveries of the connected stores."""

    def __init__(self, target: Target, tries: Tries, sign: Callable[[str, str, bytes], dict[str, str]]) -> None:
        self.target, self.tries, self.sign = target, tries, sign
        self._session = requests.Session()

    def deliver(self, kind: str, topic: str, body: dict[str, Any]) -> int:
        """Deliver until it is accepted, as the store does: how often it was sent."""
        url, content = f"{self.target.base_url}/api/webhooks/{kind}/{self.target.connections[kind]}", json.dumps(body)

        def send() -> requests.Response:
            headers = self.sign(kind, topic, content.encode()) | {"Content-Type": "application/json"}
            return self._session.post(url, content.encode(), headers=headers, timeout=ANSWER_SECONDS)

        response, times = self.tries.send(f"{kind} {topic}", send)
        if response.status_code != 200:
            raise Unexpected(f"{kind} {topic}: {response.status_code} {response.text[:300]}")
        self.tries.coverage.add(STORE_EVENT, f"{kind} {topic}")
        return times


class HiddenFields(HTMLParser):
    """The hidden fields of a page's forms; ``lists`` has all values of those that come more than once."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.lists: dict[str, list[str]] = defaultdict(list)
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag == "input" and values.get("type") == "hidden" and (name := values.get("name")):
            self.values[name] = values.get("value") or ""
            self.lists[name].append(self.values[name])


class Desk:
    """A browser that is signed in to the admin; the session may end at any time.

    ``code`` is what the phone shows, where the login has two-step verification.
    """

    def __init__(self, target: Target, tries: Tries, code: Callable[[], str] | None = None) -> None:
        self.target, self.tries, self.code = target, tries, code
        self._session = requests.Session()

    def page(self, path: str) -> str:
        return self._get(f"/admin{path}").text

    def open(self, path: str) -> str:
        """A page that needs no sign-in."""
        return self._read(path).text

    def download(self, path: str) -> str:
        return self._get(f"/admin{path}").content.decode("utf-8-sig")

    def status_of(self, path: str) -> int:
        """How the service answers to a page that may be closed."""
        self._get("/admin/")
        return self._read(f"/admin{path}").status_code

    def act(self, path: str, **fields: Any) -> requests.Response:
        """Open a dialog, fill it in and send it; the same form again until there is an answer.

        Raises:
            Unexpected: it was not done.
        """
        hidden = HiddenFields(self._get(f"/admin{path}").text).values
        form = {"reason": "The customer wrote", "_form_submitted": "True"} | hidden | fields
        response = self.post(path, form)
        if response.status_code != 302 and "HX-Redirect" not in response.headers:
            raise Unexpected(f"{path}: it was not done: {form} {errors_in(response.text)}")
        return response

    def submit(
        self, path: str, action: str = "", files: dict[str, Any] | None = None, **fields: Any
    ) -> requests.Response:
        """Open a page, fill in its form and send it, to another address below the page's with ``action``.

        Raises:
            Unexpected: the form came back with errors.
        """
        hidden = HiddenFields(self._get(f"/admin{path}").text).values
        response = self.post(f"{path.partition('?')[0]}{action}" if action else path, hidden | fields, files)
        if response.status_code == 200 and "errorlist" in response.text:
            raise Unexpected(f"{path}: {errors_in(response.text)}")
        return response

    def select(self, model: str, action: str, pks: list[str], **fields: Any) -> None:
        """Act on rows of a list: the preview, which is then confirmed."""
        path = f"/{model}/?{ALL_ROWS.get(model, '')}"
        hidden = HiddenFields(self._get(f"/admin{path}").text).values
        preview = self.post(path, hidden | {"action": action, "_selected_action": pks})
        self._confirm(model, preview, fields)

    def undo(self, model: str) -> None:
        """Undo what was done last to rows of a list."""
        self._confirm(model, self._get(f"/admin/{model}/undo/"), {})

    def _confirm(self, model: str, preview: requests.Response, fields: dict[str, Any]) -> None:
        hidden = HiddenFields(preview.text).lists
        if not hidden["_selected_action"]:
            raise Unexpected(f"{model}: no preview: {errors_in(preview.text)}")
        form = {"confirmed": "1", "reason": "Agreed with the shop", "back": ""} | dict(hidden) | fields
        response = self.post(f"/{model}/?{ALL_ROWS.get(model, '')}", form)
        if response.status_code != 302:
            raise Unexpected(f"{model}: it was not done: {form} {errors_in(response.text)}")
        self.tries.coverage.add(BULK, f"{model.partition('/')[2]} {hidden['action'][0]}")

    def post(self, path: str, form: dict[str, Any], files: dict[str, Any] | None = None) -> requests.Response:
        return self._send(f"/admin{path}", form, files)

    def _send(self, path: str, form: dict[str, Any], files: dict[str, Any] | None = None) -> requests.Response:
        url = f"{self.target.base_url}{path}"
        headers = {"Referer": url, "X-CSRFToken": self._session.cookies.get("csrftoken") or ""}
        response, _ = self.tries.send(
            f"admin {name_of(path)}",
            lambda: self._session.post(
                url, form, files=files, headers=headers, allow_redirects=False, timeout=ANSWER_SECONDS
            ),
        )
        if response.status_code >= 400:
            raise Unexpected(f"{path}: {response.status_code} {errors_in(response.text)}")
        return response

    def visit(self, link: str, **fields: Any) -> requests.Response:
        """Open a page that needs no sign-in, such as that of a link in a mail, and send its form.

        Raises:
            Unexpected: it was not done.
        """
        address = urlsplit(link)
        path = f"{address.path}?{address.query}" if address.query else address.path
        page = self._read(path)
        response = self._send(path, HiddenFields(page.text).values | fields)
        if response.status_code == 200 and "error" in response.text.lower():
            raise Unexpected(f"{path}: {errors_in(response.text)}")
        return response

    def _get(self, path: str) -> requests.Response:
        response = self._read(path)
        if "/admin/login/" in response.url:
            self._sign_in(response)
            response = self._read(path)
        if response.status_code != 200 or "/admin/login/" in response.url:
            raise Unexpected(f"{path}: {response.status_code} at {response.url}")
        return response

    def _read(self, path: str) -> requests.Response:
        url = f"{self.target.base_url}{path}"
        response, _ = self.tries.send(
            f"page {name_of(path.partition('?')[0])}", lambda: self._session.get(url, timeout=ANSWER_SECONDS)
        )
        self.tries.coverage.offer(response)
        return response

    def _sign_in(self, page: requests.Response) -> None:
        with ONE_AT_A_TIME:
            response = self._send_sign_in(page)
        if response.status_code != 302:
            raise Unexpected(f"/admin/login/: {response.status_code} {errors_in(response.text)}")
        if "/code/" in response.headers["Location"]:
            self._enter_code()

    def _send_sign_in(self, page: requests.Response) -> requests.Response:
        """Where the database went away in the middle of it, the form is out of date: it is opened once more."""
        person = {"username": self.target.owner, "password": self.target.password}
        for _ in range(SIGN_INS):
            try:
                return self._send("/admin/login/", HiddenFields(page.text).values | person)
            except Unexpected as problem:
                last = problem
                page = self._read("/admin/login/")
        raise last

    def _enter_code(self) -> None:
        if self.code is None:
            raise Unexpected(f"{self.target.owner} is asked for a code")
        path = f"/admin/login/code/{'' if len(code := self.code()) == DIGITS else '?recovery'}"
        hidden = HiddenFields(self._read(path).text).values
        response = self._send(path, hidden | {"code": code})
        if response.status_code != 302:
            raise Unexpected(f"{path}: {errors_in(response.text)}")


def errors_in(page: str) -> str:
    """What a form says is wrong, without its markup."""
    marker = page.find("errorlist") if "errorlist" in page else page.find("error")
    return page[max(0, marker - 100) : marker + 400] if marker >= 0 else page[:300]


def url_of(model: str, pk: str, action: str = "change") -> str:
    """A page of an object: ``purchases/purchase`` and its id."""
    return f"/{model}/{quote(pk)}/{action}/"
