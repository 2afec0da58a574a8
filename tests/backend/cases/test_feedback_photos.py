"""Photos of what was done: only those that arrived whole and open."""

from __future__ import annotations

import pytest
from django.utils import timezone

from backend.cases.actions import give_feedback
from backend.field.models import Attachment
from backend.problems import Unreadable
from tests.backend.cases.scene import case_at, make_scene

pytestmark = pytest.mark.django_db
SHA = "ab" * 32


@pytest.mark.parametrize("state", ["receiving", "unreadable", "expired"])
def test_feedback_with_a_photo_that_cannot_be_shown_is_refused_and_says_what_to_do(state: str) -> None:
    scene = make_scene()
    case = case_at(scene, "handling")
    photo = Attachment.objects.create(
        sha256=SHA, person=scene.handler, media_type="image/jpeg", length=9, state=state, created_at=timezone.now()
    )
    with pytest.raises(Unreadable, match="重拍"):
        give_feedback(case, text="清走了", photos=[SHA], by=scene.handler, at=timezone.now())
    Attachment.objects.filter(pk=photo.pk).update(state="stored")
    done = give_feedback(case, text="清走了", photos=[SHA], by=scene.handler, at=timezone.now())
    assert done.state == "feedback"
