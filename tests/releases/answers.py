"""What the API answers about a release's database, without the sentences, which may be reworded."""

import json
from pathlib import Path
from typing import Any

import requests

from blitzrocket import strict_json
from tests.releases.keys import PRIVATE_KEY
from tests.support import Server, running, test_database_url

SENTENCES = ("sentence", "rule", "reason", "problem")
Answers = dict[str, dict[str, Any]]


def answers_of(base_url: str) -> Answers:
    """By address: all contests, entries, places, purchases with their explanations, and refunds."""
    paths = ["/contests"]
    for contest in _get(base_url, "/contests")["data"]:
        path = f"/contests/{contest['id']}"
        paths += [path, *(f"{path}/{name}" for name in ("entries", "leaderboard", "analytics", "purchases", "refunds"))]
        paths += [f"{path}/purchases/{purchase['id']}" for purchase in _get(base_url, f"{path}/purchases")["data"]]
    return {path: _get(base_url, path) for path in paths}


def save(path: Path, log: Path) -> None:
    """Write the answers about this process's database."""
    with running(Server(test_database_url(), log)) as server:
        answers = answers_of(server.base_url)
    lines = [f"{json.dumps(name)}: {strict_json.write(answer).decode()}" for name, answer in answers.items()]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def _get(base_url: str, path: str) -> dict[str, Any]:
    answer = requests.get(f"{base_url}/api/v1{path}", {"limit": 100}, headers={"x-api-key": PRIVATE_KEY}, timeout=30)
    assert answer.status_code == 200, (path, answer.text)
    values: dict[str, Any] = _without_sentences(strict_json.read(answer.content))
    return values


def _without_sentences(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_sentences(member) for name, member in value.items() if name not in SENTENCES}
    return [_without_sentences(member) for member in value] if isinstance(value, list) else value


def missing_from(new: Any, old: Any, path: str = "") -> list[str]:
    """Where an answer lacks or changes what an earlier one had. New members are none of it."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            line for name, value in old.items() for line in missing_from(new.get(name, ...), value, f"{path}.{name}")
        ]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        pairs = enumerate(zip(new, old, strict=True))
        return [line for number, pair in pairs for line in missing_from(*pair, f"{path}[{number}]")]
    return [] if repr(new) == repr(old) else [f"{path}: {old!r} is now {new!r}"]
