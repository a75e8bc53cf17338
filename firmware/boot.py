"""Runs before main.py, also when a desk tool resets the board: sets the import order only.

Frozen modules come first, so that the tables a frozen firmware reads from the file system, in
folders of the same name, don't hide the frozen package.
"""

import sys

if ".frozen" in sys.path:
    sys.path.remove(".frozen")
    sys.path.insert(0, ".frozen")
