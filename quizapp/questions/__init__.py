"""Questions as files: reading them strictly, checking them together, and giving them on as plain content.

The public face of the package; what the database and the pages need is here.
"""

from quizapp.questions.blueprint import Bank, Blueprint, Section
from quizapp.questions.content import content_hash, from_content, public_view, to_content
from quizapp.questions.finding import Finding
from quizapp.questions.library import Library, Origin, load_library
from quizapp.questions.loading import load_question, parse_question
from quizapp.questions.parts import Mistake
from quizapp.questions.schema import (
    BugQuestion,
    ChoiceQuestion,
    CodeQuestion,
    FreeQuestion,
    OrderQuestion,
    OutputQuestion,
    Question,
    TestsQuestion,
    TextQuestion,
)

__all__ = [
    "Bank",
    "Blueprint",
    "BugQuestion",
    "ChoiceQuestion",
    "CodeQuestion",
    "Finding",
    "FreeQuestion",
    "Library",
    "Mistake",
    "OrderQuestion",
    "Origin",
    "OutputQuestion",
    "Question",
    "Section",
    "TestsQuestion",
    "TextQuestion",
    "content_hash",
    "from_content",
    "load_library",
    "load_question",
    "parse_question",
    "public_view",
    "to_content",
]
