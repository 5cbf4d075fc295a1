"""What would move the portfolio's P95: answers, controls, tests."""
