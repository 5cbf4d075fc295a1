"""Provider formats to Exchange and back; pure functions, no sockets."""
