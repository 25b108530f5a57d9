"""Every text of the screens, read from templates, Python and JavaScript: to be read against the rules of wording."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings

PACKAGES = ("apikeys", "blitzrocket", "contests", "purchases")
TEMPLATES = ("templates", "blitzrocket/adminsite/unfold_fixes")
NOT_SCREENS = {"csv_columns.py", "migrations", "devserver", "management", "postgres", "granian_server", "unfold_fixes"}
# Their arguments are read by programmers and operators, in logs and tracebacks.
CALLS_FOR_OPERATORS = {"AssertionError", "ImproperlyConfigured", "NotImplementedError", "RuntimeError", "TypeError"}
CALLS_WITH_TYPES = {"cast", "TypeVar"}
LOGGERS = {"logger", "logging"}
READ_ATTRIBUTES = {"alt", "aria-label", "placeholder", "title"}
PLACEHOLDER = "…"  # for what a template or an f-string puts in

_comment = re.compile(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)
_argument = re.compile(r'\b(?:with|title|label|heading|message|text)="([^"{}]*[a-z][^"{}]*)"')
_tag = re.compile(r"\{%.*?%\}", re.DOTALL)
_value = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_javascript = re.compile(r'"([A-Z][^"\n]*?)"|`([A-Z][^`]*?)`|: "([A-Z][^"\n]*?)"')
_word = re.compile(r"[A-Za-z]{2,}")
_label = re.compile(r"[A-Z][a-zé’']+(?:-[a-z]+)*")  # no name of a class, and none of a header of HTTP
_program = re.compile(
    r"\b(?:SELECT|INSERT|UPDATE|DELETE|WHERE|FROM|CREATE|ALTER|BEGIN|SET|COALESCE|COUNT|SUM)\b"  # SQL
    r"|[<>]=|::|%\(|\(\?|\\[dwsb]|\]\[|</|/>|=\"|^[\w.-]+$|^[a-z_]+[./][\w./-]+$|; |^[-a-z]+: [-a-z]+$"
)


@dataclass(frozen=True, slots=True, order=True)
class Sentence:
    """A text that people read, with the place that it comes from."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def all_sentences() -> list[Sentence]:
    """The texts of all screens, in the order of their files."""
    return sorted({*_in_templates(), *_in_python(), *_in_javascript()})


def _in_templates() -> Iterator[Sentence]:
    for folder in TEMPLATES:
        for path in sorted((settings.BASE_DIR / folder).rglob("*.html")):
            source = _comment.sub(lambda comment: "\n" * comment[0].count("\n"), path.read_text())
            for number, line in enumerate(source.splitlines(), start=1):
                for text in _argument.findall(" ".join(_tag.findall(line))):
                    yield Sentence(_name_of(path), number, text)
            for number, text in texts_of_page(_value.sub(PLACEHOLDER, _tag.sub(_blank, source))):
                yield Sentence(_name_of(path), number, text)


def texts_of_page(html: str) -> list[tuple[int, str]]:
    """The texts of a page, each with its line."""
    reader = _Texts()
    reader.feed(html)
    return reader.texts


class _Texts(HTMLParser):
    """The texts between tags, and those of attributes that are shown or read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[int, str]] = []
        self.hidden = 0  # how many elements that are not read are open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hidden += tag in {"script", "style"} or "material-symbols-outlined" in (dict(attrs).get("class") or "")
        for name, value in attrs:
            if name in READ_ATTRIBUTES and value:
                self._add(value)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden and tag in {"script", "style", "span"}:
            self.hidden -= 1

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self._add(data)

    def _add(self, text: str) -> None:
        text = " ".join(text.split())
        if _word.search(text):
            self.texts.append((self.getpos()[0], text))


def _in_python() -> Iterator[Sentence]:
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            if not NOT_SCREENS & set(path.relative_to(settings.BASE_DIR).parts):
                reader = _Strings()
                reader.visit(ast.parse(path.read_text()))
                for number, text in reader.texts:
                    yield Sentence(_name_of(path), number, text)


class _Strings(ast.NodeVisitor):
    """The strings of a module that look like a text: with a capital or several words, and no docstring, SQL or log."""

    def __init__(self) -> None:
        self.texts: list[tuple[int, str]] = []

    def visit_Expr(self, node: ast.Expr) -> None:  # the name that ast.NodeVisitor calls
        if not isinstance(node.value, ast.Constant):  # else a docstring
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        function = ast.unparse(node.func)
        if function in CALLS_WITH_TYPES:
            for argument in node.args[1:]:
                self.visit(argument)
        elif function.rpartition(".")[2] not in CALLS_FOR_OPERATORS and function.partition(".")[0] not in LOGGERS:
            self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:  # an annotation may be a string
        if node.value:
            self.visit(node.value)

    def visit_arg(self, node: ast.arg) -> None:
        """Pass over the annotation of an argument."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, node.args, *node.body):
            self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str):
            self._add(node.lineno, node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [part.value if isinstance(part, ast.Constant) else PLACEHOLDER for part in node.values]
        self._add(node.lineno, "".join(map(str, parts)))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def _add(self, line: int, text: str) -> None:
        text = " ".join(text.split())
        if _word.search(text) and (_label.fullmatch(text) or (" " in text and not _program.search(text))):
            self.texts.append((line, text))


def _in_javascript() -> Iterator[Sentence]:
    for path in sorted((settings.BASE_DIR / "blitzrocket" / "static" / "blitzrocket").glob("*.js")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            for groups in _javascript.findall(line.partition(" // ")[0]):
                text = re.sub(r"\$\{.*?\}", PLACEHOLDER, next(filter(None, groups)))
                if " " in text:
                    yield Sentence(_name_of(path), number, text)


def _name_of(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def _blank(tag: re.Match[str]) -> str:
    """What stands for a tag: its lines, and a slash between texts of which one is shown."""
    is_alternative = tag[0].removeprefix("{%").split()[0] in {"else", "elif", "empty"}
    return (" / " if is_alternative else "") + "\n" * tag[0].count("\n")
