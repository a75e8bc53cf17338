"""`make trace`: writes docs/conformance.md and prints totals.

Exits with 1 on claims of unknown rows, and on functional rows that no test claims or none on
MicroPython; `--allow-unclaimed` only prints the latter.
"""

import sys

from tests.trace.claims import ClaimError, all_claims
from tests.trace.conformance import STATUSES, Conformance
from tests.trace.requirements import ROOT, TraceTableError, release_note, requirements

REPORT = ROOT / "docs/conformance.md"


def load() -> Conformance:
    """Return the conformance of the tree as it is."""
    rows = requirements()
    return Conformance(rows, release_note(rows), all_claims())


def main(arguments: list[str]) -> int:
    """Write the report; return the exit code."""
    allow_unclaimed = "--allow-unclaimed" in arguments
    try:
        conformance = load()
    except (ClaimError, TraceTableError) as fault:
        print(fault, file=sys.stderr)
        return 1
    REPORT.write_text(conformance.markdown())
    for part, counts in conformance.totals().items():
        figures = [f"{counts[status]} {status}" for status in STATUSES if counts[status]]
        print(f"{part:7} {counts.total():4} rows: {', '.join(figures)}")
    gaps, mistakes = conformance.gaps(), conformance.mistakes()
    print("\n".join([*gaps, *mistakes]))
    return int(bool(mistakes or gaps and not allow_unclaimed))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
