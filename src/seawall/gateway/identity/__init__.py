"""Who asks, beside API keys: signed end users and bearer tokens of issuers."""
