"""An HTTP/1.1 client for the providers: what the gateway needs, and nothing else."""
