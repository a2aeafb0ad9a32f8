"""Pure rules: no framework, no database."""
