"""What is measured: each module prints our figure beside the peer or the limit."""
