"""OpenAI's Responses API: a translator to and from the chat form inside."""
