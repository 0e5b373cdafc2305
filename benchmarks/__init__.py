"""Speed, memory and exactness of the importer, beside a physical limit and beside other tools. Run: python -m benchmarks"""
