"""A scenario on this runtime: `micropython -m host_tools.node.run_scenario FILE`."""

import sys

from host_tools.node.main import stopwatch
from host_tools.node.scenario import run_file

fault = run_file(sys.argv[1], print, stopwatch())
if fault:
    print(fault, file=sys.stderr)
    sys.exit(1)
