"""Steps, plans, runs, journals, locks: knows nothing of AWS, Kubernetes or Invoke."""
