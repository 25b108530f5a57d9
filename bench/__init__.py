"""``make bench``: the record call beside the limit of its writes and beside small services that do the same.

Development only; the folder is not in the image. docs/performance.md says what is measured and how.
"""
