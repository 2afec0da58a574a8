"""`make_staff`: the first people of a real installation, who then look after the others on the pages."""

from __future__ import annotations

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.accounts.actions import hire
from backend.accounts.models import Post
from backend.units.models import AdminUnit


class Command(BaseCommand):
    help = "Give a person a post; a new person gets a random password, printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", help="staff or phone number, used to sign in")
        parser.add_argument("name")
        parser.add_argument("role", choices=Post.Role.values)
        parser.add_argument("unit", help="12-digit code of the county or township")

    def handle(self, *args: Any, **options: Any) -> None:
        unit = AdminUnit.objects.current().filter(code=options["unit"]).first()
        if unit is None:
            raise CommandError(f"没有编码为 {options['unit']} 的单位，先运行 load_units / no such unit; run load_units first")
        password = secrets.token_urlsafe(12)
        post, is_new = hire(
            options["number"], options["name"], role=options["role"], unit=unit, password=password, at=timezone.now()
        )
        self.stdout.write(f"{post.user.number} {post.get_role_display()} {unit.name}")
        if is_new:
            self.stdout.write(f"密码（只显示这一次） / password, shown once: {password}")
