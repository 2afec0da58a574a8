"""Benchmarks: our way, the peer's way and the limit in the same run, interleaved. No part of the gate; `./patrol bench NAME`."""
