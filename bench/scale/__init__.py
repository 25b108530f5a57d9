"""``make scale``: calls and pages of the product, and their statements, on databases of several sizes.

docs/performance.md says what is measured and how.
"""
