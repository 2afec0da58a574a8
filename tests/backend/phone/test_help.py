"""A call for help: kept once, in any order with its end, rung while it is fresh, answered on the phone it came from."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from backend.accounts.models import Office
from backend.field.models import HelpCall
from backend.field.silence import end_silent_patrols
from backend.patrols.models import Patrol
from backend.phone.models import InboxItem
from backend.phone.rebuild import rebuild
from backend.phone.retention import expire_all
from notifications.jobs import fan_out
from notifications.models import Alert, Delivery
from tests.backend.builders import Village, give_duty, make_operator, make_person, make_unit, middle
from tests.backend.command.desk import Desk
from tests.backend.phone_client import Item, Phone, make_item, now_ms

pytestmark = pytest.mark.django_db
HOUR_MS = 3_600_000


def sos(call: str, *, at: int | None = None, called_at: int | None = None, place: tuple[float, float] | None = None) -> Item:
    at = now_ms() if at is None else at
    body = {"call_id": call, "called_at": at if called_at is None else called_at}
    where = (
        {}
        if place is None
        else {"place": {"crs": "wgs84", "lon": round(place[0] * 1e7), "lat": round(place[1] * 1e7), "acc": 16}}
    )
    return make_item("sos", body | where, at=at)


def safe(call: str, *, at: int | None = None) -> Item:
    return make_item("sos_end", {"call_id": call}, at=at)


def facts(call: str) -> dict[str, object]:
    row = HelpCall.objects.get(uuid=call)
    names = (
        "person_id",
        "called_at",
        "placed_at",
        "grid_code",
        "home_code",
        "state",
        "ended_at",
        "ended_by_id",
        "seen_by_id",
        "seen_at",
        "end_word",
    )
    return {name: getattr(row, name) for name in names} | {"point": row.point and row.point.coords}


def test_a_call_rings_the_centre_and_the_colleagues_and_not_the_caller(phone: Phone, village: Village) -> None:
    operator, colleague = make_operator(), make_person("彭水生")
    give_duty(colleague, village.grids[0], role="stand_in")
    call = str(uuid.uuid4())
    answer = phone.sync(sos(call, place=middle(village.grids[0])))
    assert [row["code"] for row in answer.values()] == ["ok"]
    alert = Alert.objects.get(kind="help_call")
    fan_out(alert_id=alert.pk)
    told = set(Delivery.objects.filter(alert=alert).values_list("person", flat=True))
    assert {operator.pk, colleague.pk} <= told and phone.user.pk not in told
    assert alert.severity == "urgent" and phone.user.number in alert.text
    assert phone.sees("help")[call]["state"] == "open"


def test_said_twice_it_is_one_call_with_the_newest_place(phone: Phone, village: Village) -> None:
    call, pressed = str(uuid.uuid4()), now_ms() - 20_000
    first, second = sos(call, at=pressed), sos(call, at=pressed + 8_000, called_at=pressed, place=middle(village.grids[1]))
    phone.sync(second)
    phone.sync(first, first)
    phone.sync(second)
    row = HelpCall.objects.get()
    assert row.grid_code == village.grids[1].code and row.home_code == village.grids[0].code
    assert round(row.called_at.timestamp() * 1000) == pressed
    assert Alert.objects.filter(kind="help_call").count() == 1


def test_call_place_and_end_lead_to_the_same_in_every_order(phone: Phone, village: Village) -> None:
    pressed, ends = now_ms() - 60_000, []
    for order in itertools.permutations(range(3)):
        call = str(uuid.uuid4())
        items = [
            sos(call, at=pressed),
            sos(call, at=pressed + 9_000, called_at=pressed, place=middle(village.grids[0])),
            safe(call, at=pressed + 30_000),
        ]
        phone.sync(*(items[i] for i in order))
        ends.append(facts(call))
    assert all(end == ends[0] for end in ends)
    assert ends[0]["state"] == "ended" and ends[0]["ended_by_id"] == phone.user.pk


def test_a_call_that_is_over_before_it_arrives_rings_nobody_and_is_kept(phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(safe(call), sos(call))
    assert not Alert.objects.filter(kind="help_call").exists()
    assert phone.sees("help")[call]["is_own_end"]


def test_the_end_takes_back_what_rings(phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(sos(call))
    phone.sync(safe(call))
    assert Alert.objects.get(kind="help_call").state == "closed"


def test_a_call_of_long_ago_rings_nobody_and_is_shown_as_late(phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(sos(call, at=now_ms() - 7 * HOUR_MS))
    assert not Alert.objects.filter(kind="help_call").exists()
    shown = Desk(make_operator()).read("centre")["help_calls"]
    assert [(row["id"], row["is_late"], row["state"]) for row in shown] == [(call, True, "open")]


def test_the_phone_hears_who_saw_it_and_with_which_word_it_was_ended(phone: Phone) -> None:
    call, desk = str(uuid.uuid4()), Desk(make_operator(name="罗建平"))
    phone.sync(sos(call))
    desk.change(f"help-calls/{call}/seen")
    heard = phone.sees("help")[call]
    assert (heard["state"], heard["seen_by"]) == ("seen", "罗建平") and heard["seen_at"]
    assert Alert.objects.get(kind="help_answered").people == [phone.user.pk]
    seen_at = desk.change(f"help-calls/{call}/seen")["seen_at"]
    other = Desk(make_operator(name="郭晓兰"))
    assert other.change(f"help-calls/{call}/seen")["seen_at"] == seen_at, "the first word counts"
    other.change(f"help-calls/{call}/end", {"word": "已送到卫生院"})
    phone.sync(safe(call))
    heard = phone.sees("help")[call]
    assert (heard["state"], heard["ended_by"], heard["word"], heard["is_own_end"]) == ("ended", "郭晓兰", "已送到卫生院", False)
    assert desk.read("centre")["help_calls"] == []


def test_one_that_ended_unseen_stays_on_the_wall_until_somebody_looked(phone: Phone) -> None:
    call, desk = str(uuid.uuid4()), Desk(make_operator())
    phone.sync(sos(call), safe(call))
    assert desk.read("centre")["help_calls"][0]["is_own_end"]
    assert desk.change(f"help-calls/{call}/seen")["state"] == "ended"
    assert desk.read("centre")["help_calls"] == []


def test_it_is_ended_with_a_word_or_not_at_all(phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(sos(call))
    assert Desk(make_operator()).post(f"help-calls/{call}/end", {"word": "  "}).status_code == 422
    assert HelpCall.objects.get().state == "open"


def test_strangers_see_and_change_nothing_and_supervisors_only_look(phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(sos(call))
    neighbour = Desk(make_operator(make_unit("360829101000", "平都镇"), name="邻镇人"))
    assert neighbour.read("centre")["help_calls"] == []
    for deed in ("seen", "end"):
        assert neighbour.post(f"help-calls/{call}/{deed}", {"word": "结束"}).status_code == 404
        assert Client().post(f"/api/command/help-calls/{call}/{deed}").status_code == 401
    supervisor = Desk(make_operator(name="督查", role="supervisor"))
    assert len(supervisor.read("centre")["help_calls"]) == 1
    assert supervisor.post(f"help-calls/{call}/seen").status_code == 403
    assert HelpCall.objects.get().state == "open"


def test_another_persons_call_under_the_same_id_is_another_call(phone: Phone, stranger_phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(sos(call))
    stranger_phone.sync(sos(call), safe(call))
    assert HelpCall.objects.get(person=phone.user).state == "open"
    assert stranger_phone.sees("help")[call]["state"] == "ended"


def test_whoever_has_no_duty_any_more_still_hears_back(phone: Phone) -> None:
    call = str(uuid.uuid4())
    phone.sync(sos(call))
    phone.user.grid_duties.all().delete()
    assert [row["kind"] for row in phone.changes()["put"]] == ["help"]


def test_a_rebuild_says_the_same_and_rings_nobody(phone: Phone, village: Village) -> None:
    seen, ended, own, fresh = (str(uuid.uuid4()) for _ in range(4))
    desk = Desk(make_operator())
    phone.sync(*(sos(call, place=middle(village.grids[0])) for call in (seen, ended, own, fresh)))
    desk.change(f"help-calls/{seen}/seen")
    desk.change(f"help-calls/{own}/seen")
    desk.change(f"help-calls/{ended}/end", {"word": "到家了"})
    phone.sync(safe(own), safe(ended))
    before, rung = [facts(call) for call in (seen, ended, own, fresh)], Alert.objects.count()
    rebuild(phone.user)
    assert [facts(call) for call in (seen, ended, own, fresh)] == before
    assert Alert.objects.count() == rung


def test_a_patrol_is_not_ended_by_silence_while_its_person_needs_help(phone: Phone) -> None:
    call, patrol = str(uuid.uuid4()), str(uuid.uuid4())
    phone.sync(make_item("patrol", {"patrol": patrol, "event": "start"}), sos(call))
    later = timezone.now() + timedelta(hours=13)
    assert end_silent_patrols(phone.user, at=later) == []
    Desk(make_operator()).change(f"help-calls/{call}/end", {"word": "找到人了"})
    assert [row.uuid for row in end_silent_patrols(phone.user, at=later)] == [uuid.UUID(patrol)]
    assert Patrol.objects.get().ended_at is not None


def test_a_call_goes_when_its_time_is_over_and_never_while_it_runs(phone: Phone) -> None:
    over, runs = str(uuid.uuid4()), str(uuid.uuid4())
    phone.sync(sos(over), safe(over))
    later = timezone.now() + timedelta(days=4000)
    expire_all(later)
    assert not HelpCall.objects.exists()
    assert all(not bytes(row.body) for row in InboxItem.objects.filter(kind__startswith="sos"))
    phone.sync(sos(runs))
    expire_all(later)
    assert HelpCall.objects.get().state == "open"


def test_a_body_without_a_call_or_a_datum_is_kept_unread(phone: Phone) -> None:
    wrong = sos(str(uuid.uuid4()), place=(114.5, 27.3))
    del wrong["body"]["place"]["crs"]
    answers = phone.sync(make_item("sos", {}), wrong).values()
    assert [row["code"] for row in answers] == ["body_invalid", "crs_missing"]
    assert not HelpCall.objects.exists()


def test_the_phone_knows_the_numbers_the_township_gave_to_the_public(phone: Phone, village: Village) -> None:
    unit = make_unit("360829102000")
    Office.objects.create(unit=unit, code="c", name="综治中心", kind="centre", control="local", phone="0796-7512345")
    assert [row["number"] for row in phone.get("me").json()["help_phones"]] == ["0796-7512345"]
