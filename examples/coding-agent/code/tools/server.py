"""An MCP server with the company's own tools for the agent."""

import subprocess

from fastmcp import FastMCP

mcp = FastMCP("company")


@mcp.tool()
def deploy_preview(branch: str) -> str:
    """Deploy a branch to the preview environment."""
    return subprocess.run(["deploy", branch], capture_output=True, text=True, check=True).stdout


@mcp.tool()
def send_message(channel: str, text: str) -> str:
    """Post a message in the team's chat."""
    return f"posted to {channel}: {len(text)} characters"
