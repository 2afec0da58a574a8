"""Work on files after they have arrived."""

from __future__ import annotations

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from backend.field import media
from backend.field.models import Attachment


@app.task(name=media.MAKE_COPIES, retry=RetryStrategy(max_attempts=5, exponential_wait=4))
def copy_picture(attachment: int) -> None:
    """Make the copies of one stored photo."""
    row = Attachment.objects.filter(pk=attachment, state=Attachment.State.STORED).first()
    if row is not None:
        media.copy_picture(row)
