"""Attacks each meter in every way and prints what went wrong; runs on any runtime."""

import os
import sys

sys.path.append(".")

from tests.fuzz.hostile_air import ATTACKS, attack

# Environment variables are CPython's and MicroPython unix's.
FULL = getattr(os, "getenv", lambda name: None)("PROTOMETER_FULL")
COUNT = 4_000 if FULL else 400

for role in ("ESME", "GSME"):
    for name, stops_at_nwk in ATTACKS:
        print(role, name, attack(role, name, stops_at_nwk, COUNT, 7))
