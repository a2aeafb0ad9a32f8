"""Plain functions that own the transaction."""
