"""IAM: who there is, what each may do, with which key."""
