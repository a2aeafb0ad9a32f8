"""The tables. Import models from here, so that all of them are known before a mapper is configured."""

from quizapp.models.accounts import Role, SignIn, User
from quizapp.models.alarms import Alarm
from quizapp.models.attempts import (
    Attempt,
    AttemptKind,
    Branch,
    Notes,
    Response,
    ResponseState,
    SectionPass,
)
from quizapp.models.audit import AuditEntry
from quizapp.models.base import Base, UtcDateTime
from quizapp.models.content import Bank, FileFinding, Interview, Question, QuestionVersion
from quizapp.models.error_reports import ErrorReport
from quizapp.models.exports import Export, ExportPart
from quizapp.models.hiring import (
    AttemptScore,
    InterviewMember,
    InterviewRole,
    InterviewVersion,
    Invitation,
    ScoreState,
    Team,
    TeamMember,
)
from quizapp.models.mails import Mail, MailKind
from quizapp.models.outages import Heartbeat, Outage
from quizapp.models.public_links import PublicLink
from quizapp.models.recordings import AttemptEvent, EventComment, Recording, RecordingPart
from quizapp.models.regrades import Regrade, RegradeItem, RegradeState
from quizapp.models.reviewing import (
    FINAL,
    Choice,
    Comment,
    Decision,
    Depth,
    Mention,
    PointChange,
    Recommendation,
    Review,
    ShareLink,
)
from quizapp.models.similarity import ComparedAnswer, Fingerprint, SimilarPair
from quizapp.models.submissions import (
    CANCELLED,
    OWN_SCOPES,
    Scope,
    Submission,
    SubmissionState,
    is_open,
    is_troubled,
)
from quizapp.models.time_credits import TimeCredit
from quizapp.models.visits import Visit

__all__ = [
    "CANCELLED",
    "FINAL",
    "OWN_SCOPES",
    "Alarm",
    "Attempt",
    "AttemptEvent",
    "AttemptKind",
    "AttemptScore",
    "AuditEntry",
    "Bank",
    "Base",
    "Branch",
    "Choice",
    "Comment",
    "ComparedAnswer",
    "Decision",
    "Depth",
    "ErrorReport",
    "EventComment",
    "Export",
    "ExportPart",
    "FileFinding",
    "Fingerprint",
    "Heartbeat",
    "Interview",
    "InterviewMember",
    "InterviewRole",
    "InterviewVersion",
    "Invitation",
    "Mail",
    "MailKind",
    "Mention",
    "Notes",
    "Outage",
    "PointChange",
    "PublicLink",
    "Question",
    "QuestionVersion",
    "Recommendation",
    "Recording",
    "RecordingPart",
    "Regrade",
    "RegradeItem",
    "RegradeState",
    "Response",
    "ResponseState",
    "Review",
    "Role",
    "Scope",
    "ScoreState",
    "SectionPass",
    "ShareLink",
    "SignIn",
    "SimilarPair",
    "Submission",
    "SubmissionState",
    "Team",
    "TeamMember",
    "TimeCredit",
    "User",
    "UtcDateTime",
    "Visit",
    "is_open",
    "is_troubled",
]
