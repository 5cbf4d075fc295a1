"""An MCP client as a target: what a server of ours can make it do."""
