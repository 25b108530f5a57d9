"""Telling other systems: webhook endpoints, and sending the outbox's events to them."""
