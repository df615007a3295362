"""`python -m tests.mutants [GROUP …]`: make every mutant, and tell which no test saw.

Exit code 0 when each that lives has its reason in accepted.yaml, 1 when one has none or a reason is
not needed any more.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.mutants.groups import GROUPS
from tests.mutants.session import Mutant, Session
from tests.mutants.survivors import judge, read_accepted

OUTPUT = Path("build/mutants")


def main() -> int:
    """Run what the arguments ask for, one group after the other, in one process each."""
    arguments = _arguments()
    accepted, found = read_accepted(), list[Mutant]()
    for name in arguments.groups or GROUPS:
        print(f"{name}: {', '.join(GROUPS[name].modules)}", flush=True)
        session = Session(name, GROUPS[name], arguments.tool.absolute(), OUTPUT.absolute())
        mutants = session.run()
        print(*judge(mutants, accepted).lines(), sep="\n", flush=True)
        found += mutants
    verdict = judge(found, accepted)
    text = json.dumps([asdict(one) for one in found], indent=1)
    (OUTPUT / "mutants.json").write_text(f"{text}\n", encoding="utf-8")
    print("all together: " + verdict.lines()[-1])
    return 0 if verdict.passed else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help="without any, all of them")
    parser.add_argument("--tool", type=Path, required=True, help="the program cosmic-ray")
    given = parser.parse_args()
    if unknown := sorted(set(given.groups) - set(GROUPS)):
        parser.error(f"no group {', '.join(unknown)}; there are: {', '.join(GROUPS)}")
    return given


if __name__ == "__main__":
    sys.exit(main())
