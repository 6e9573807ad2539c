"""ECR as the sandbox plays it: moto keeps the repositories and their settings; images are those that a real registry holds."""
