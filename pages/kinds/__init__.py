"""The views of import types, one module each; `pages/types.py` chooses among them."""
