"""The HTTP data plane for applications."""
