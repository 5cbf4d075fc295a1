"""Images: opened within limits, their metadata, bar codes and text read. Used by guard.ocr."""
