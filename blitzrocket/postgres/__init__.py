"""Django's backend for PostgreSQL with two additions: deadlines in web processes, and a pool that recovers at once."""
