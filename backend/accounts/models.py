"""People, the offices and posts that give them sight, their phones, their consent, and who looked at them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q

from backend.units.models import AdminUnit, stem

UPLOAD_GRACE = timedelta(days=30)  # after the last post or duty has ended, evidence still arrives


class UserManager(BaseUserManager["User"]):
    def create_user(self, number: str, *, name: str, password: str | None = None) -> User:
        user = self.model(number=number, name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """A person. What they may see follows from posts and grid duties, never from a field here."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    number = models.CharField(max_length=20, unique=True, help_text="phone or staff number")
    name = models.CharField(max_length=40)
    is_active = models.BooleanField(default=True)

    objects = UserManager()
    USERNAME_FIELD = "number"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return f"user {self.pk}"

    def get_full_name(self) -> str:
        return self.name

    def stems(self, at: datetime, roles: Iterable[str] | None = None) -> list[str]:
        """Code beginnings of the units this person's posts give sight of at an instant."""
        posts = self.posts.valid_at(at).select_related("unit")
        if roles is not None:
            posts = posts.filter(role__in=list(roles))
        return sorted({post.unit.stem for post in posts if post.unit.level != AdminUnit.Level.CITY})

    def has_role(self, *roles: str, at: datetime) -> bool:
        return self.posts.valid_at(at).filter(role__in=roles).exists()


class Office(models.Model):
    """One of a township's 5+2 offices, or a body stationed there by the county."""

    class Control(models.TextChoices):
        LOCAL = "local", "乡镇管理"
        STATIONED = "stationed", "派驻"

    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="offices")
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=20, help_text="party_gov, institution, stationed or centre")
    plates = models.JSONField(default=list, help_text="further nameplates (加挂牌子)")
    control = models.CharField(max_length=10, choices=Control)
    phone = models.CharField(max_length=40, blank=True, help_text="for the public, printed on cards of grids")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unit", "code"], name="one_office_per_unit_and_code"),
            models.CheckConstraint(condition=Q(control__in=["local", "stationed"]), name="office_control_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(models.QuerySet["Post"]):
    def valid_at(self, at: datetime) -> Self:
        return self.filter(valid__contains=at)


class Post(models.Model):
    """Who holds which role where, from when to when."""

    class Role(models.TextChoices):
        OPERATOR = "centre_operator", "受理员"
        DISPATCHER = "centre_dispatcher", "派遣员"
        DUTY_CHIEF = "duty_chief", "值班长"
        LEADER = "centre_leader", "领导"
        HANDLER = "office_handler", "处置人员"
        SUPERVISOR = "supervisor", "督查"
        COUNTY_ADMIN = "county_admin", "县级管理员"

    CENTRE = (Role.OPERATOR, Role.DISPATCHER, Role.DUTY_CHIEF, Role.LEADER)

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField(max_length=20, choices=Role)
    unit = models.ForeignKey(AdminUnit, on_delete=models.PROTECT, related_name="posts")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, null=True, blank=True, related_name="posts")
    valid = DateTimeRangeField()

    objects = PostQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    role__in=[
                        "centre_operator",
                        "centre_dispatcher",
                        "duty_chief",
                        "centre_leader",
                        "office_handler",
                        "supervisor",
                        "county_admin",
                    ]
                ),
                name="post_role_is_a_known_role",
            ),
            ExclusionConstraint(
                name="nobody_holds_the_same_post_twice_at_a_time",
                expressions=[
                    ("user", RangeOperators.EQUAL),
                    ("unit", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} at {self.unit_id}"


class DeviceQuerySet(models.QuerySet["Device"]):
    def live(self) -> Self:
        return self.filter(revoked_at=None)

    def phones(self) -> Self:
        """Phones with our own app; not tracker apps of other makers, nor files brought at a desk."""
        return self.filter(kind="pwa")


class Device(models.Model):
    """A phone enrolled for one person: one opaque token, of which only the hash is here."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="devices")
    token_hash = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=20, default="pwa")
    name = models.CharField(max_length=120, blank=True)
    health = models.JSONField(default=dict, help_text="what the phone last said of itself: battery, storage, permissions")
    enrolled_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    def __str__(self) -> str:
        return f"device {self.uuid}"


class EnrolmentCode(models.Model):
    """A code that turns one phone into one person's phone, once, within ten minutes. Stored hashed."""

    code_hash = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("made_at")), name="enrolment_code_ends_after_it_was_made")
        ]

    def __str__(self) -> str:
        return f"enrolment code {self.pk}"


class EnrolmentTry(models.Model):
    """A wrong code from one address, kept for ten minutes to slow down guessing."""

    address = models.GenericIPAddressField(db_index=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"try {self.pk}"


class Consent(models.Model):
    """What a person answered to one version of the notice on tracks. The newest row counts."""

    class Decision(models.TextChoices):
        GIVEN = "given", "同意"
        REFUSED = "refused", "不同意"
        WITHDRAWN = "withdrawn", "撤回"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    notice_version = models.CharField(max_length=20)
    decision = models.CharField(max_length=10, choices=Decision)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["given", "refused", "withdrawn"]), name="consent_decision_is_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.decision} by {self.user_id}"


class AccessEntryQuerySet(models.QuerySet["AccessEntry"]):
    def visible_to(self, user: User) -> Self:
        """A person sees every look at themselves, and their own looks at others."""
        return self.filter(Q(about=user) | Q(by=user))


class AccessEntry(models.Model):
    """Somebody looked at something of one person, and why. Append-only: the database refuses changes."""

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    what = models.CharField(max_length=40, help_text="track, original_photo")
    object_id = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="every_look_at_a_person_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.what} of {self.about_id} seen by {self.by_id}"


class UsedTicket(models.Model):
    """A live ticket that has opened a stream once; it opens none again. Rows older than a ticket's life are swept."""

    nonce = models.UUIDField(primary_key=True)
    used_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"ticket {self.nonce}"


def in_stems(field: str, stems: Iterable[str]) -> Q:
    """Rows whose unit or grid code begins with one of the stems; no stem, no rows."""
    query: Any = Q(pk__in=[])
    for beginning in stems:
        query |= Q(**{f"{field}__startswith": stem(beginning)})
    found: Q = query
    return found
