"""The steps of a new import, one module each; `pages/new_import.py` puts them in order."""
