"""`python -m importer`: the same use cases from a terminal."""

from importer.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
