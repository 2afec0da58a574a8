"""No registry's host and no path of one machine stands in the repository."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, tracked

# Put together here so that this file does not name them either.
HOSTS = [
    a + b
    for a, b in [
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("npm", "js.org"),
        ("deb", "ian.org"),
        ("unpkg", ".com"),
        ("jsdel", "ivr.net"),
    ]
]
PATH = re.compile(r"(?<![\w.$}])/(?:" + "|".join(["work", "farm", "root", "Users", "home/[a-z]+"]) + r")/")


def test_no_registry_host_is_named() -> None:
    found = []
    for path in tracked("*"):
        text = path.read_bytes().decode("utf-8", "ignore")
        found += [f"{path.relative_to(ROOT)}: {host}" for host in HOSTS if host in text]
    assert not found


def test_no_path_of_one_machine_is_named() -> None:
    found = []
    for path in tracked("*.py", "*.js", "*.md", "*.toml", "*.json", "*.html", "patrol", "Procfile", ".ci/run", "*.lock"):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if PATH.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert not found


def test_locks_carry_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        packages = re.findall(r"^[a-z0-9].*?==.*$", text, re.MULTILINE | re.IGNORECASE)
        assert len(packages) > 50
        assert text.count("--hash=sha256:") >= len(packages)
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
