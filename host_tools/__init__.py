"""The desk side of Protometer.

On CPython the firmware and the stand-ins for MicroPython's own modules are put on the import
path here, so that host tools can use the firmware's code; MicroPython is told by MICROPYPATH.
"""

import sys

if sys.implementation.name == "cpython":
    _ROOT = __file__.rsplit("/", 2)[0]
    for _folder in ("firmware", "host_tools/shim/cpython"):
        if _ROOT + "/" + _folder not in sys.path:
            sys.path.append(_ROOT + "/" + _folder)
