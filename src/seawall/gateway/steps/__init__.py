"""The data plane's steps, one class each, in the order of a request's way."""
