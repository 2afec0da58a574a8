"""A real installation has nobody to begin with; one command makes the first people."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from backend.accounts.models import Post, User
from tests.backend.builders import COUNTY, make_township

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    out = StringIO()
    call_command("make_staff", *words, stdout=out)
    return out.getvalue()


def test_the_first_administrator_can_sign_in_with_the_printed_password() -> None:
    make_township()
    said = run("AF900", "林晓", "county_admin", COUNTY)
    password = said.strip().rsplit(" ", 1)[1]
    user = User.objects.get(number="AF900")
    assert len(password) >= 16
    assert user.check_password(password)
    assert user.has_role("county_admin", at=timezone.now())


def test_a_person_known_already_gets_the_post_and_keeps_the_password() -> None:
    make_township()
    run("AF900", "林晓", "county_admin", COUNTY)
    before = User.objects.get(number="AF900").password
    assert "密码" not in run("AF900", "林晓", "supervisor", COUNTY)
    assert User.objects.get(number="AF900").password == before
    assert Post.objects.count() == 2


def test_the_same_post_again_changes_nothing() -> None:
    make_township()
    for _ in range(2):
        run("AF900", "林晓", "county_admin", COUNTY)
    assert Post.objects.count() == 1


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(CommandError, match="360829999000"):
        run("AF900", "林晓", "county_admin", "360829999000")
