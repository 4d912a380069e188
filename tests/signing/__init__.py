"""Signatures and keys, with OpenSSH itself as the oracle."""
