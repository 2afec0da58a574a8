"""Shortened text fits, is a beginning of what was written, and breaks no character."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.channels.words import MARK, shorten, utf8_length

SOME = st.text(alphabet=st.sampled_from("屋背山起火了请立即转移，。！ \n①aé\u0301👨\u200d👩\u200d👧🏽"), max_size=80)


@given(text=SOME, limit=st.integers(0, 120))
def test_shortened_text_fits_and_is_a_beginning(text: str, limit: int) -> None:
    short = shorten(text, limit)
    assert utf8_length(short) <= limit
    if utf8_length(text) <= limit:
        assert short == text
    elif short:
        assert short.endswith(MARK)
        assert text.startswith(short.removesuffix(MARK))


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("请立即转移，带上老人。不要返回。", 16, "请立即转移，带上老人。不要返回。"),
        ("请立即转移，带上老人。不要返回取物。", 14, "请立即转移，带上老人。…"),
        ("沿河各组请立即转移，带上老人和孩子", 14, "沿河各组请立即转移…"),
        ("请，沿河各组立即全部转移到祠堂门前", 10, "请，沿河各组立即全…"),
        ("请立即", 0, ""),
    ],
)
def test_it_stops_where_one_would_pause(text: str, limit: int, short: str) -> None:
    assert shorten(text, limit, size=len) == short


@pytest.mark.parametrize("text", ["一二👨\u200d👩\u200d👧三四五六七", "一二👋🏽三四五六七", "一二e\u0301三四五六七"])
def test_a_character_made_of_several_is_kept_whole_or_left_out(text: str) -> None:
    joined = text[2 : text.index("三")]
    for limit in range(2, len(text)):
        short = shorten(text, limit, size=len).removesuffix(MARK)
        assert len(short) <= 2 or joined in short
