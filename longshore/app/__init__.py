"""The application in its cluster: deployed by digest, watched until it runs, looked at, put back."""
