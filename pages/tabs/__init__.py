"""The tabs of an import, one module each; `pages/import_details.py` puts them side by side."""
