"""The sandbox's registry of images and charts: a real one (crane's), behind a front that lets in whom ECR let in."""
