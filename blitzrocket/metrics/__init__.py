"""Metrics for Prometheus: what the web processes counted, and what the database says; on where METRICS_TOKEN is set.

Processes of one web server add up what they count in files of a folder, PROMETHEUS_MULTIPROC_DIR, which has to be known
before `prometheus_client` is imported. So it is imported only where it is used.
"""
