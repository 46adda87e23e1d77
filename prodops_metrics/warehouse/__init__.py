"""The DuckDB file: refresh writes snapshots of it, and questions go in by one door."""
