"""AWS: who acts, as whom, where; and the client that every call to AWS goes through."""
