"""How topics, kinds, levels and states are called on the pages."""

from __future__ import annotations

TOPICS = {
    "foundations-tooling": "Foundations and tooling",
    "routing": "Routing",
    "request-response": "Requests and responses",
    "templates": "Templates",
    "forms-uploads": "Forms and uploads",
    "sessions-cookies": "Sessions and cookies",
    "contexts-lifecycle": "Contexts and life cycle",
    "structure-config": "Structure and configuration",
    "errors-logging": "Errors and logging",
    "database": "Databases",
    "api": "APIs",
    "auth": "Sign-in and rights",
    "security": "Security",
    "testing": "Testing",
    "async-background": "Async and background work",
    "deploy-performance": "Deployment and performance",
}
KINDS = {
    "choice": "Choice",
    "text": "Short answer",
    "output": "Predict the output",
    "bug": "Find the faulty line",
    "order": "Put in order",
    "code": "Code",
    "tests": "Write tests",
    "free": "In your own words",
}
LEVELS = {"fresher": "Fresher", "experienced": "Experienced"}
VERDICTS = {
    "accepted": "Accepted",
    "wrong_answer": "Wrong answer",
    "syntax_error": "Syntax error",
    "runtime_error": "Runtime error",
    "time_limit": "Time limit",
    "memory_limit": "Memory limit",
    "output_limit": "Output limit",
    "internal_error": "Not graded",
    "cancelled": "Stopped",
    "taken": "Taken",
}
STATES = {"new": "Not tried", "tried": "Tried, not solved", "solved": "Solved"}


def topic_title(topic: str) -> str:
    """The topic in words; an id nobody named is shown as it is."""
    return TOPICS.get(topic, topic)


def kind_title(kind: str) -> str:
    """The kind in words."""
    return KINDS.get(kind, kind)


def level_title(level: str) -> str:
    """The level in words."""
    return LEVELS.get(level, level)
