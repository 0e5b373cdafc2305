"""`python -m importer`: the same use cases from a terminal."""

import os
import sys

from importer.cli import main

if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking the interpreter apart takes a fifth of a second, in which DuckDB's bindings complain about what is left.
    os._exit(status)
