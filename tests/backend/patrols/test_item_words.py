"""What is said of items in words can be read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.patrols.item_fields import answer_faults, frequency_faults
from backend.patrols.item_words import HAZARDS, LEVELS, OVER, PER, read_answer, read_frequency, say_answer, say_frequency

days = st.dates().map(lambda day: f"{day:%m-%d}")
alerts = st.fixed_dictionaries({"hazard": st.sampled_from(list(HAZARDS)), "from": st.sampled_from(list(LEVELS))})
more = {"season": st.tuples(days, days).map(list)}
rules = st.fixed_dictionaries(
    {"per": st.sampled_from(list(PER)), "times": st.integers(1, 24)}, optional={**more, "alert": alerts}
) | st.fixed_dictionaries(
    {"per": st.just(OVER), "times": st.integers(1, 24), "hours": st.integers(1, 240), "alert": alerts}, optional=more
)
words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=10)
figures = st.integers(-999_999, 999_999) | st.integers(-999_999, 999_999).map(lambda n: n / 1000)
answers = (
    st.fixed_dictionaries({"type": st.just("text"), "label": words})
    | st.fixed_dictionaries({"type": st.just("choice"), "label": words, "options": st.lists(words, min_size=2, unique=True)})
    | st.fixed_dictionaries(
        {"type": st.just("number"), "label": words}, optional={"unit": words, "min": figures, "max": figures}
    )
)


@settings(max_examples=200, deadline=None)
@given(st.lists(rules, max_size=8))
def test_a_frequency_said_in_words_is_read_back_as_it_was(frequency: list[dict[str, object]]) -> None:
    assert frequency_faults(frequency) == []
    assert read_frequency(say_frequency(frequency)) == frequency


@settings(max_examples=200, deadline=None)
@given(answers)
def test_what_is_asked_said_in_words_is_read_back_as_it_was(asked: dict[str, object]) -> None:
    if not answer_faults(asked):
        assert read_answer(say_answer(asked)) == asked


def test_a_frequency_is_said_as_people_say_it() -> None:
    dam = [
        {"per": "week", "times": 1},
        {"per": "day", "times": 1, "season": ["04-01", "09-30"]},
        {"per": "day", "times": 4, "alert": {"hazard": "storm", "from": "orange"}},
        {"per": "alert_over", "times": 1, "hours": 24, "alert": {"hazard": "cold", "from": "yellow"}},
    ]
    said = "每周1次；04-01至09-30 每天1次；暴雨橙色起 每天4次；寒潮黄色起 解除后24小时1次"
    assert say_frequency(dam) == said
    assert read_frequency(said.replace("；", "\n")) == read_frequency(f" {said} ; ") == dam
    assert say_answer(read_answer("数字 水位：0至20（米）")) == "数字 水位：0至20（米）"


@pytest.mark.parametrize("text", ["每两天1次", "每天", "4-1至9-30 每天1次", "暴雨 每天1次", "=1+1"])
def test_what_is_no_frequency_is_not_guessed_at(text: str) -> None:
    with pytest.raises(ValueError):
        read_frequency(text)


@pytest.mark.parametrize(
    ("frequency", "said"),
    [
        ([{"per": "hour"}], "第 1 条没有说每多久"),
        ([{"per": "day", "times": 25}], "第 1 条的次数要在 1 到 24 之间"),
        ([{"per": "day"}, {"per": "day", "season": ["02-30", "03-01"]}], "第 2 条的季节要写成两个月日，例如 04-01 至 09-30"),
        ([{"per": "alert_over", "hours": 3}], "第 1 条要说哪种预警解除后几小时（1 到 240）"),
        ([{"per": "day", "hours": 3}], "第 1 条只有预警解除后才写小时"),
        ([{"per": "day", "alert": {"hazard": "snow", "from": "red"}}], "第 1 条的预警要有种类和起点级别"),
        ("每天", "要是最多 8 条规则"),
    ],
)
def test_a_faulty_frequency_says_which_rule_is_wrong(frequency: object, said: str) -> None:
    assert frequency_faults(frequency) == [said]
