"""PostgreSQL and golang-migrate: what the database's state is, and how to change it safely."""
