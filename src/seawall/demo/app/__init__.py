"""Harbour Shop Bank: a small web application with an assistant, vulnerable on purpose."""
