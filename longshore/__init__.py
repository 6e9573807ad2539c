"""Take a service to AWS and EKS, and keep it there: tasks made of steps that can see whether they are done."""

__version__ = "0.1.0"
