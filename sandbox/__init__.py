"""Runs untrusted programs in throwaway containers. Import the submodule you need; nothing is re-exported here."""
