"""Transcripts: a candidate's own signed copy of an attempt, and the check of it, which needs neither site nor network."""
