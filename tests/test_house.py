"""Imports go one way through the house, and each heavy library stays with its owners."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STOREYS = ["knowledge", "retrieval", "assistant", "training", "app"]
OWNERS = {
    "torch": {"training", "retrieval/onnx_export.py", "retrieval/bulk.py"},
    "transformers": {"training", "retrieval/onnx_export.py", "retrieval/bulk.py"},
    "sentence_transformers": {"training", "retrieval/onnx_export.py", "retrieval/bulk.py"},
    "onnxruntime": {"retrieval/encoder.py", "retrieval/onnx_export.py"},
    "chromadb": {"retrieval/dense.py"},
    "bm25s": {"retrieval/lexical.py"},
    "jieba": {"retrieval/tokens.py"},
    "networkx": {"knowledge/graph.py"},
    "opencc": {"knowledge/language.py"},
    "markdownify": {"knowledge/html_pages.py"},
    "sqlalchemy": {"assistant/journal.py", "assistant/migrations"},
    "alembic": {"assistant/journal.py", "assistant/migrations"},
    "gradio": {"assistant/page.py"},
    "structlog": {"assistant/logs.py"},
    "langchain_core": {"assistant/generator.py"},
    "langchain": {"assistant/generator.py"},
    "sklearn": {"training"},
    "typer": {"app.py"},
    "rich": {"assistant/console.py"},
    "httpcore": {"knowledge/download.py"},
    "httpx": {"knowledge/sources.py"},
    "watchfiles": {"training/watching.py"},
}


def sources() -> Iterator[Path]:
    yield ROOT / "app.py"
    for storey in STOREYS[:-1]:
        yield from sorted((ROOT / storey).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def storey_of(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


def test_no_package_imports_what_stands_above_it() -> None:
    upward = [
        f"{file.relative_to(ROOT)} imports {name}"
        for file in sources()
        for name in imported(file)
        if name in STOREYS and STOREYS.index(name) > STOREYS.index(storey_of(file))
    ]

    assert upward == []


def test_heavy_libraries_stay_with_their_owners() -> None:
    strays = [
        f"{path} imports {name}"
        for file in sources()
        for name in set(imported(file)) & OWNERS.keys()
        if not any((path := file.relative_to(ROOT).as_posix()).startswith(owner) for owner in OWNERS[name])
    ]

    assert strays == []


def test_the_command_line_imports_nothing_heavy_at_its_top() -> None:
    def top(name: str) -> set[str]:
        tree = ast.parse((ROOT / name).read_text("utf-8"))
        nodes = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        return {node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name for node in nodes}

    light = {
        "contextlib",
        "json",
        "os",
        "shlex",
        "shutil",
        "sys",
        "time",
        "collections.abc",
        "dataclasses",
        "pathlib",
        "typing",
    }

    assert top("app.py") <= light | {"typer", "assistant", "assistant.quiet"}
    assert top("assistant/console.py") <= light
    assert top("assistant/quiet.py") <= light
    assert top("assistant/__init__.py") == set()


def test_only_the_console_prints() -> None:
    printing = [
        str(file.relative_to(ROOT))
        for file in sources()
        if file != ROOT / "assistant" / "console.py"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]

    assert printing == []
