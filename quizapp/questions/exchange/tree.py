"""Reading XML from anybody: a plain tree with line numbers, and nothing that a document type could bring with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

from defusedxml import DefusedXmlException
from defusedxml.sax import parseString

from quizapp.questions.exchange.draft import Unreadable

MOST_DEPTH = 50


@dataclass
class Element:
    """One element: its name, attributes, the line it begins on, its own text, and what is inside."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without that of its children."""
        return "".join(self.texts)

    def all(self, name: str) -> Iterator[Element]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def first(self, *names: str) -> Element | None:
        """The first child of this name, then of that one in it, and so on."""
        found: Element | None = self
        for name in names:
            found = next(found.all(name), None) if found is not None else None
        return found

    def word(self, *names: str) -> str:
        """The text of what `first` finds, without space around it; empty when there is none."""
        found = self.first(*names)
        return found.text.strip() if found is not None else ""


def read_xml(raw: bytes) -> Element:
    """Read a document. Raises Unreadable for what is no XML, and for any with a document type or entities."""
    builder = _Builder()
    try:
        parseString(raw, builder, forbid_dtd=True)
    except DefusedXmlException as error:
        message = (
            "has a document type or entities, which are not read: they can grow without end or fetch files"
        )
        raise Unreadable(builder.line, message, "export the file anew without <!DOCTYPE ...>") from error
    except SAXParseException as error:
        line = error.getLineNumber() or 1
        raise Unreadable(line, f"is not XML: {error.getMessage()}", "export the file anew") from error
    except (
        LookupError,
        ValueError,
    ) as error:  # the first line names an encoding that is none, or not for XML
        raise Unreadable(1, "is in an encoding that is not read", "save the file as UTF-8") from error
    if builder.root is None:
        raise Unreadable(1, "is not XML: it has no element", "export the file anew")
    return builder.root


class _Builder(ContentHandler):
    def __init__(self) -> None:
        super().__init__()
        self.root: Element | None = None
        self._open: list[Element] = []
        self._locator: Locator | None = None

    @property
    def line(self) -> int:
        return (self._locator.getLineNumber() if self._locator else None) or 1

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the parser's name
        self._locator = locator

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the parser's name
        if len(self._open) >= MOST_DEPTH:
            raise Unreadable(self.line, f"is nested more than {MOST_DEPTH} deep", "export the file anew")
        element = Element(name, self.line, dict(attrs.items()))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def endElement(self, name: str) -> None:  # noqa: ARG002, N802 - the parser's name
        self._open.pop()

    def characters(self, content: str) -> None:
        self._open[-1].texts.append(content)
