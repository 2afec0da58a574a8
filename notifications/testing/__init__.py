"""Doubles of what lies outside, shipped so that tests, demonstrations and operators can try alerts without a vendor."""
