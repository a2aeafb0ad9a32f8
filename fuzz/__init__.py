"""Coverage-guided fuzzing of what reads the words of submitted code: `make fuzz`."""
