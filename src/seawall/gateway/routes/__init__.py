"""The gateway's routes: which steps a request to each of them takes."""
