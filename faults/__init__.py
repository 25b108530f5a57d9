"""``make faults``: harms done to a real service under load, and what was lost or doubled by them.

See docs/reliability.md. It uses the benchmark's database, web servers and contest (`bench`).
"""
