"""Readers cut a source into records, byte for byte and line for line.

`grammar` says what a record is, `scan` finds the records of a block, `walk` settles the lines that `scan` cannot
prove, `parse` turns records into cells, `csv` reads a file block by block. `header`, `preview` and `detect` use the
same parts.
"""
