"""What operators see: metrics, spans and log sinks. Nothing here can hold a request up."""
