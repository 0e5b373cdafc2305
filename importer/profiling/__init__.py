"""What the columns of a file hold: counts, types, lengths, frequent values and distributions, gathered part by part.

Everything is exact except the number of distinct values of a column that has very many, which is estimated. However
the records are divided into parts, the result is the same.
"""

from importer.profiling.profile import Profile

__all__ = ["Profile"]
