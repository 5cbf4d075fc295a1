"""The last byte of each sign's code point."""


def decode(text: str) -> str:
    signs = [ord(ch) for ch in text if 0x2800 <= ord(ch) < 0x2900 or ord(ch) >= 0xE000]
    return bytes(code & 0xFF for code in signs).decode()
