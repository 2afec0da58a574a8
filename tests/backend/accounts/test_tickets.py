from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.accounts.models import Device, UsedTicket
from backend.accounts.tickets import TicketUseless, issue_ticket, redeem_ticket
from tests.backend.builders import make_person, make_token

pytestmark = pytest.mark.django_db


def test_a_ticket_says_who_listens_on_which_phone_to_what() -> None:
    user, at = make_person(), timezone.now()
    make_token(user)
    device = Device.objects.get(user=user)
    assert redeem_ticket(issue_ticket(user, device, (), at=at), at=at).device_id == device.pk
    ticket = redeem_ticket(issue_ticket(user, None, ["see:360829"], at=at), at=at)
    assert (ticket.user_id, ticket.device_id, ticket.scope) == (user.pk, None, ("see:360829",))


def test_a_ticket_works_once() -> None:
    at = timezone.now()
    ticket = issue_ticket(make_person(), None, ["see:360829"], at=at)
    redeem_ticket(ticket, at=at)
    with pytest.raises(TicketUseless):
        redeem_ticket(ticket, at=at)


@pytest.mark.parametrize("later", [timedelta(seconds=61), timedelta(days=1), -timedelta(minutes=2)])
def test_a_ticket_works_within_a_minute(later: timedelta) -> None:
    at = timezone.now()
    ticket = issue_ticket(make_person(), None, ["see:360829"], at=at)
    with pytest.raises(TicketUseless):
        redeem_ticket(ticket, at=at + later)
    assert redeem_ticket(ticket, at=at + timedelta(seconds=59))


def test_a_ticket_changed_by_a_letter_is_worth_nothing() -> None:
    at = timezone.now()
    ticket = issue_ticket(make_person(), None, ["see:360829"], at=at)
    for wrong in ("", "x", ticket[:-1], ticket[1:], ticket.swapcase()):
        with pytest.raises(TicketUseless):
            redeem_ticket(wrong, at=at)


def test_used_tickets_are_swept_when_no_ticket_could_still_be_valid() -> None:
    user, at = make_person(), timezone.now()
    redeem_ticket(issue_ticket(user, None, ["see:360829"], at=at), at=at)
    later = at + timedelta(minutes=10)
    redeem_ticket(issue_ticket(user, None, ["see:360829"], at=later), at=later)
    assert UsedTicket.objects.count() == 1
