"""Importer: a self-service data importer. `importer.service.Importer` is the one door to everything."""

import os

# The libraries below read these when they are first imported.
# Two threads are what the yardsticks were measured with; more only help on machines that have them to spare.
os.environ.setdefault("POLARS_MAX_THREADS", "2")
# Polars gives memory back to the system after half a second and asks for it again for the next part, which costs a
# twentieth of the CPU time of an import; after three it has been used again. One pool for all threads keeps the peak low.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:3000,narenas:1")
# NumPy's linear algebra is not used, and its threads spin.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

__version__ = "0.1.0"
