"""One share of the power-cut bench: `run_powercut JOB.json`-like text in, a line of JSON out.

Runs on CPython and, where littlefs is to be real, on MicroPython unix.
"""

import json
import sys

from host_tools.node.cut_rig import parse_tables_once
from host_tools.node.cut_search import Search
from host_tools.node.flip_search import Flips


def run(job):
    """Carry out a job and return its figures.

    job: search ("cuts" or "flips"), medium, half_hours, minutes, share, shares; for cuts only and
    depth; for flips step.
    """
    parse_tables_once()
    where = job["medium"], job["half_hours"], job["minutes"]
    if job["search"] == "flips":
        search = Flips(*where, job["step"], job["share"], job["shares"])
    else:
        search = Search(*where, job["share"], job["shares"], job["only"], job["depth"])
    search.run()
    return search.figures()


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]))))
