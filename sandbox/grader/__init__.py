"""What runs inside a grader container: pytest, the tests, and remote modules in the place of the code under test."""
