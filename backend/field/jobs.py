"""Work on files after they have arrived."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from backend.field import media
from backend.field.models import Attachment, Report
from backend.field.questions import ask_about_shift
from backend.field.witness import judge_photo
from backend.patrols.models import Patrol

SETTLED = timedelta(minutes=30)
AT_ONCE = 500


@app.task(name=media.MAKE_COPIES, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def copy_picture(attachment: int) -> None:
    """Make the copies of one stored photo."""
    row = Attachment.objects.filter(pk=attachment, state=Attachment.State.STORED).first()
    if row is not None:
        media.copy_picture(row)


@app.task(name="backend.field.jobs.ask_whether_shifted", retry=RetryStrategy(max_attempts=3, exponential_wait=4))
def ask_whether_shifted(patrol: str, home: str) -> None:
    """See one ended patrol against the ground it crossed."""
    row = Patrol.objects.filter(uuid=patrol).select_related("person").first()
    if row is not None:
        ask_about_shift(row, home=home, at=timezone.now())


@app.periodic(cron="23 * * * *")
@app.task(name="backend.field.jobs.look_after_photos", queueing_lock="look_after_photos")
def look_after_photos(timestamp: int) -> None:
    """Once an hour: photos nobody ever read, whose job was lost or gave up, get another; verdicts still owed are given."""
    del timestamp
    at = timezone.now()
    for photo in unread_photos(at=at)[:AT_ONCE]:
        app.configure_task(media.MAKE_COPIES).defer(attachment=photo.pk)
    for photo in unjudged_photos()[:AT_ONCE]:
        judge_photo(photo)


def unread_photos(*, at: datetime) -> QuerySet[Attachment]:
    """Stored a while ago and not yet read, while no job for it waits."""
    waiting = ProcrastinateJob.objects.filter(task_name=media.MAKE_COPIES, status__in=["todo", "doing"])
    known = [args["attachment"] for args in waiting.values_list("args", flat=True)]
    rows = Attachment.objects.filter(state=Attachment.State.STORED, width=None, stored_at__lt=at - SETTLED)
    return rows.exclude(pk__in=known).order_by("pk")


def unjudged_photos() -> QuerySet[Attachment]:
    """Read, named by a report, and not yet weighed beside it."""
    named = Report.objects.filter(person=OuterRef("person"), photos__has_key=OuterRef("sha256"))
    rows = Attachment.objects.filter(state=Attachment.State.STORED, width__isnull=False, place_word="").exclude(exif={})
    return rows.filter(Exists(named)).order_by("pk")
