"""Every code a finding can have: what it means, and how it is mended.

The codes are stable: people filter by them. A finding that says nothing more exact is mended as its code says here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Code:
    """One kind of finding, in words for an author. `proved` ones need the sandbox; the others need the files only."""

    name: str
    means: str
    mend: str
    proved: bool = False
    is_advice: bool = False  # worth a look, and no reason to refuse the file


def _named(*codes: Code) -> dict[str, Code]:
    return {code.name: code for code in codes}


CODES = _named(
    # The file
    Code("unreadable", "The file cannot be opened.", "look at its permissions, and whether it is there"),
    Code("too-large", "The file is larger than any question.", "split the question"),
    Code("not-utf8", "The file is not UTF-8 text.", "save the file as UTF-8"),
    Code("tab", "The file has a tab character.", "use spaces; inside Python text write \\t"),
    Code(
        "odd-character",
        "The file has a character that no reviewer sees, or that reorders the text around it.",
        "delete it, or write its escape",
    ),
    Code("empty-file", "The file has no content.", "write the question, or delete the file"),
    Code("misplaced", "The file lies where no file is read.", "a question lies in <bank>/<topic>/<id>.yaml"),
    Code("no-folder", "The folder of question files is not there.", "set QUIZAPP_QUESTIONS to where they are"),
    # YAML
    Code(
        "syntax",
        "The file is not YAML.",
        "look at the indentation, and quote text that holds ': ' or ' #' or starts with a sign",
    ),
    Code("alias", "YAML's aliases are not read: a small file could become a huge one.", "write the value out"),
    Code("tag", "YAML's tags are not read: they make other things than text, numbers and lists.", "quote the text"),
    Code("too-deep", "Lists and mappings are nested too deep.", "flatten it"),
    Code("two-documents", "The file holds more than one YAML document.", "one file holds one question"),
    Code("duplicate-key", "A mapping has the same key twice.", "keep one of them"),
    Code("odd-key", "A key is not plain text.", "quote text that starts with [ { * or &"),
    # The form
    Code("wrong-type", "A value is of another type than its key takes.", "write what the message asks for"),
    Code("missing-key", "A key that is needed is not there.", "write it; the schema says what it takes"),
    Code("unknown-key", "There is no such key here.", "look for a slip of the pen, or take it out"),
    Code("unknown-value", "The value is none of those that the key takes.", "take one of the known ones"),
    Code("wrong-form", "The text has not the form that the key takes.", "write it as the message says"),
    Code("out-of-range", "There are too many or too few of something.", "stay inside the limits of the message"),
    Code("todo", "A part of a new question is not written yet.", "write it in place of the TODO"),
    # Names and links between files
    Code("id-not-file", "The id differs from the file's name.", "rename one"),
    Code("id-not-folder", "The bank's id differs from the folder's name.", "rename one"),
    Code("topic-not-folder", "The topic differs from the folder's name.", "rename one"),
    Code("duplicate-id", "Two files have the same id.", "rename one"),
    Code("unknown-bank", "There is no sound bank of this name.", "write or mend its bank.yaml"),
    Code("unknown-cover", "The coverage list has no such id.", "take a known one, or add it to coverage.yaml"),
    Code("too-few-questions", "The blueprint cannot be drawn from its bank.", "lower the count or write more"),
    Code(
        "wrong-mix",
        "The mix of difficulties of a section is not what the section asks.",
        "let it add up to the count, with difficulties of the section",
    ),
    Code(
        "too-little-time",
        "What a blueprint draws takes longer on average than the interview.",
        "draw fewer or shorter questions, or give more time",
    ),
    Code(
        "hiring-in-mock",
        "An interview that is open to all draws from a bank for hiring.",
        "write `interview: hiring`, or draw from a public bank",
    ),
    Code(
        "open-to-practice",
        "An interview for hiring draws questions that candidates can practise.",
        "draw from a bank with `visibility: hiring`",
        is_advice=True,
    ),
    # References
    Code("unknown-site", "A reference leads to a misspelt site.", "write the site as the message says"),
    Code(
        "unknown-page",
        "The official documentation has no such page.",
        "look the page up; scripts/list-documentation says how the list of pages is made",
    ),
    Code(
        "unlisted-page",
        "The page is not on the list of pages that somebody has looked up.",
        "look whether it is there, then add it to its file in quizapp/questions/documentation",
    ),
    Code("unknown-anchor", "The page has no such section.", "open the page and copy the link of the section"),
    # What any kind can get wrong
    Code("repeated", "A list has the same entry twice.", "take one of them out"),
    Code("hints-too-dear", "The hints cost more than the question gives.", "make the hints cheaper in all"),
    Code("raw-html", "Markdown holds HTML, which is not shown.", "write Markdown, or put the code in `backticks`"),
    Code("answer-in-prompt", "The prompt gives the answer away.", "ask without it"),
    Code("answer-in-starter", "What the candidate starts with gives the answer away.", "take it out of the starter"),
    Code("expectation-in-prompt", "The prompt shows what a hidden test asserts.", "take another example"),
    Code("expectation-in-starter", "The starter or a sample shows a hidden test.", "take another example"),
    Code(
        "test-reveals-test",
        "What one hidden test sends is what another expects, so a program can learn it.",
        "let the two tests use different values",
    ),
    Code("python-syntax", "The Python does not compile, or Python warns of it.", "mend the Python"),
    # Parameters
    Code("one-parameter-set", "There is one parameter set, so every attempt is the same.", "write another set"),
    Code("uneven-parameters", "The parameter sets have not all the same names.", "give every set the same names"),
    Code("unknown-parameter", "A placeholder names no parameter.", "write the parameter's name"),
    Code("unused-parameter", "Nothing asks for a parameter.", "write its placeholder, or take it out"),
    Code("misplaced-placeholder", "A placeholder stands where nothing is filled in.", "write it without one"),
    Code("bad-parameter-set", "A parameter set makes the question unsound.", "mend its values"),
    # choice, text, output, bug, order
    Code("no-right-option", "No option is right.", "mark it with `correct: true`"),
    Code("two-right-options", "Several options are right where one is chosen.", "write `select: several`"),
    Code("same-option", "Two options say the same.", "take one of them out"),
    Code("empty-answer", "An accepted answer is empty once it is normalised.", "drop `punctuation`"),
    Code("bad-pattern", "A pattern cannot be used.", "see questions/README.md"),
    Code("near-miss-accepted", "A near miss is an accepted answer.", "take one of the two out"),
    Code("unknown-line", "No line, or more than one, is meant.", "write more of the line, or its number"),
    Code("fault-not-mended", "The mended program leaves a fault as it is.", "point at a line that `fixed` changes"),
    Code("ambiguous-line", "Two lines to order cannot be told apart.", "change one of the two"),
    Code("odd-indent", "A line is not indented by a multiple of 4 spaces.", "indent it by 0, 4, 8 ... spaces"),
    Code("not-an-order", "An order does not use every line once.", "list all indexes from 0"),
    # code, tests, free
    Code("no-tests", "There is no test function.", "name it test_..."),
    Code("solution-is-starter", "The solution changes nothing.", "write the solution, or less of the starter"),
    Code("unknown-test", "There is no such test.", "name a test of `samples` or `tests`"),
    Code("mistake-is-solution", "A mistake is the same as the solution.", "write the mistake, or take it out"),
    Code("not-a-test-file", "The file is not collected by pytest.", "name it test_....py"),
    Code("unknown-file", "A file is named that is not there.", "name one that is, or add it"),
    Code("variant-form", "A program has neither or both of its two forms.", "write one of `files` and `changes`"),
    Code("change-not-found", "The text to change does not stand in the program once.", "write more or less of it"),
    Code("same-program", "Two programs are the same but for layout.", "change what one of them does"),
    Code("unknown-name", "A program does not define a name that is offered.", "define it, or do not offer it"),
    Code("unknown-mutant", "There is no mutant of this title.", "name one of `mutants`"),
    Code("rubric-points", "The rubric's points are not the question's.", "let the criteria add up to them"),
    # Proved in the sandbox
    Code("solution-fails", "The solution does not pass.", "mend the solution or the test", proved=True),
    Code("starter-passes", "The starter passes as it is.", "write a test that the starter fails", proved=True),
    Code("mistake-passes", "A listed mistake passes every test.", "write a test that it fails", proved=True),
    Code("mistake-fails-others", "A mistake fails other tests than it names.", "list exactly those", proved=True),
    Code("cheat-passes", "A program that knows nothing passes a test.", "let the test ask for more", proved=True),
    Code("too-slow", "The solution is close to its limit.", "make it quicker, or raise the limits", proved=True),
    Code("program-fails", "The program does not end well.", "mend the program", proved=True),
    Code(
        "wrong-output",
        "The program prints something else than is expected.",
        "print the same on every run, and claim that",
        proved=True,
    ),
    Code("proof-passes", "The faulty program passes the proof.", "write a test that the fault fails", proved=True),
    Code("mutant-survives", "A mutant survives the solution.", "write a test that it fails", proved=True),
    Code("weak-tests", "Faults in the solution go unnoticed.", "test what they change, or declare them", proved=True),
    Code("unknown-equivalent", "There is no such mutant of the solution.", "name one that survives", proved=True),
    Code("equivalent-killed", "The tests notice a mutant declared as equivalent.", "take it out", proved=True),
    Code(
        "flaky-reference",
        "The same solution passes in some runs only.",
        "take chance, time and order out of it, or wait for what it depends on",
        proved=True,
    ),
)  # fmt: skip
