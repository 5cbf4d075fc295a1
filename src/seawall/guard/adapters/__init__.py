"""The same verdicts on tool calls for agents whose tools run in this process."""

from seawall.guard.adapters.tool_guard import ToolGuard, ToolVerdict

__all__ = ["ToolGuard", "ToolVerdict"]
