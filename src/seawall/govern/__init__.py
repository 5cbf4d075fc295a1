"""The gate and the report: what people decide on."""
