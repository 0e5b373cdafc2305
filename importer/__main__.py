"""`python -m importer`: the same use cases from a terminal."""

import gc
import os
import sys

gc.disable()  # while modules are imported, nothing becomes garbage
from importer.cli import main  # noqa: E402

if __name__ == "__main__":
    try:
        status = main()
    except SystemExit as leaving:  # --help
        status = int(leaving.code or 0)
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking the interpreter apart takes a fifth of a second, in which DuckDB's bindings complain about what is left.
    os._exit(status)
