"""Lines once read, kept as Parquet, so that the second question over the same logs is many times faster."""
