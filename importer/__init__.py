"""Importer: a self-service data importer. `importer.service.Importer` is the one door to everything."""

__version__ = "0.1.0"
