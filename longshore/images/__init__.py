"""Images: built from a commit, searched for secrets, pushed to ECR, known by their digest."""
