"""Anthropic's messages: a client format and a provider format around the chat form inside."""
