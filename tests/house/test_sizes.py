"""Files and functions stay small enough to be read."""

from __future__ import annotations

import ast

from tests.house.tree import ROOT, tracked

MAX_FILE, MAX_FUNCTION = 400, 60


def test_no_source_file_is_longer_than_400_lines() -> None:
    files = [path for path in tracked("*.py", "*.js", "*.mjs", "*.css", "patrol") if "migrations" not in path.parts]
    assert len(files) > 50
    long = {str(path.relative_to(ROOT)): n for path in files if (n := len(path.read_text().splitlines())) > MAX_FILE}
    assert not long


def test_no_function_is_longer_than_60_lines() -> None:
    long = []
    for path in tracked("*.py"):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > MAX_FUNCTION:
                    long.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name} {lines}")
    assert not long
