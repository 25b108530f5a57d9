"""No phrase that the rules of wording replaced stands on a screen, in a message or in a document."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.test import Client

from blitzrocket.accounts.models import Membership, User
from blitzrocket.devserver.sentences import Sentence, all_sentences, texts_of_page
from tests.browser.test_every_page import import_some, pages
from tests.browser.test_pages_of_our_own import OUTSIDE_THE_ADMIN
from tests.purchases.stores.deliveries import make_delivery
from tests.support import ROOT, invite, make_pending_refund, make_shop, record, reject

FOLDER = Path(__file__).parent
DOCUMENTS = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
CODE_BLOCK = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase, as whole words; some stand in a document rightly."""

    text: str
    is_of_screens: bool

    def is_in(self, text: str) -> bool:
        text = text.replace("’", "'")
        for words in exceptions().get(self.text, ()):
            text = text.replace(words, "")
        return pattern_of(self.text).search(text) is not None


@cache
def pattern_of(*phrases: str) -> re.Pattern[str]:
    """Any of these phrases, as whole words."""
    any_of = "|".join(r"\s+".join(re.escape(word) for word in phrase.split()) for phrase in phrases)
    return re.compile(rf"(?<![\w-])(?:{any_of})(?![\w-])", re.IGNORECASE)


def lines_of(name: str) -> list[str]:
    lines = (FOLDER / name).read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


@cache
def phrases() -> tuple[Phrase, ...]:
    return tuple(
        Phrase(line.removeprefix("screens: "), line.startswith("screens: ")) for line in lines_of("phrases.txt")
    )


@cache
def exceptions() -> dict[str, list[str]]:
    words_by_phrase: dict[str, list[str]] = {}
    for line in lines_of("exceptions.txt"):
        phrase, words = line.split(" | ")
        words_by_phrase.setdefault(phrase, []).append(words)
    return words_by_phrase


@cache
def sentences() -> tuple[Sentence, ...]:
    return tuple(all_sentences())


@cache
def documents() -> tuple[Sentence, ...]:
    return tuple(
        Sentence(path.relative_to(ROOT).as_posix(), number, line)
        for path in DOCUMENTS
        for number, line in enumerate(CODE_BLOCK.sub(blank_lines, path.read_text()).splitlines(), start=1)
    )


def blank_lines(block: re.Match[str]) -> str:
    return "\n" * block[0].count("\n")


def faults_in(sentences: tuple[Sentence, ...], phrases: tuple[Phrase, ...]) -> list[str]:
    """Each text is looked through for all phrases at once, and for each of them where it has one."""
    pattern = pattern_of(*(phrase.text for phrase in phrases))
    some = {text for text in {each.text for each in sentences} if pattern.search(text.replace("’", "'"))}
    return [
        f"“{phrase.text}” in {each}"
        for each in sentences
        if each.text in some
        for phrase in phrases
        if phrase.is_in(each.text)
    ]


def report(faults: list[str]) -> None:
    assert not faults, "\n".join(faults)


def test_the_list_has_texts_of_every_kind() -> None:
    texts = {each.path: each.text for each in reversed(sentences())}
    assert len(sentences()) > 1000
    assert {path.rpartition(".")[2] for path in texts} == {"html", "js", "py"}
    all_texts = {each.text for each in sentences()}
    assert "Copy reply" in all_texts  # a button of a template
    assert "Used in API URLs. Migrating? Enter the old ID." in all_texts  # help text of a field
    assert "We haven't received order … yet. Once the shop sends it, its points will be added." in all_texts


def test_no_text_of_the_screens_has_a_replaced_phrase() -> None:
    report(faults_in(sentences(), phrases()))


def test_no_document_has_a_replaced_phrase() -> None:
    report(faults_in(documents(), tuple(phrase for phrase in phrases() if not phrase.is_of_screens)))


def test_no_page_has_a_replaced_phrase(client: Client, db: None) -> None:
    """What a page puts together of several texts, and what Django and Unfold add."""
    shop = make_shop(title="Summer giveaway")
    record(shop)
    reject(shop)
    make_pending_refund(shop)
    make_delivery(shop)
    import_some(shop)
    root = User.objects.create_superuser("root")
    Membership.objects.create(team=shop.team, user=root, role="owner")
    client.force_login(root)
    shown = []
    for path in (*pages(shop), *OUTSIDE_THE_ADMIN, f"/invitation/?token={invite(shop.team)[1]}"):
        answer = client.get(path)
        html = answer.content.decode()
        shown += [Sentence(path, line, text) for line, text in texts_of_page(html)]
    assert len({each.path for each in shown}) > 50
    report(faults_in(tuple(shown), phrases()))


def test_each_exception_is_needed() -> None:
    texts = [each.text.replace("’", "'") for each in (*sentences(), *documents())]
    texts_of_phrases = {phrase.text for phrase in phrases()}
    for phrase, allowed in exceptions().items():
        assert phrase in texts_of_phrases
        for words in allowed:
            assert any(words in text for text in texts), f"“{words}” stands nowhere: remove the exception"
