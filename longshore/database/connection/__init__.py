"""Where a database is and how to reach it: every form of URL, TLS, what each program is told."""
