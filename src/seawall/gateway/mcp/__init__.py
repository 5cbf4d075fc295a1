"""A proxy between an MCP client and an MCP server: every message is read, few pass unread."""
