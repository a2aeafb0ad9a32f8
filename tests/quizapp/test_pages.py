"""Filters, macros, Markdown and code, and the top bar."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import render_template_string

from quizapp import pages
from quizapp.markdown import code_lines, inline_markdown, markdown, words
from quizapp.models import Role
from quizapp.pages import Viewer

STATIC = Path(pages.__file__).parent / "static"
TEMPLATES = STATIC.parent / "templates"

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:msgbox)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "<data:text/html,x>",
    "![x](x onerror=alert(1))",
    '![x](https://evil.example/x.png "y")',
    '[x](https://example.org "\\" onclick=\\"alert(1)")',
    "```html\n</code></pre><script>alert(1)</script>\n```",
    "````\n```\n<b>\n```\n````",
    '``` "><script>alert(1)</script>\nx\n```',
    "# <b onclick=alert(1)>x</b>",
    "| <script> | \n|-|\n| <img src=x onerror=y> |",
    "<style>*{display:none}</style>",
    "<!-- --><base href=//evil.example>",
    "\x00<\x00script>",
    "{{7*7}}",
]


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(str(text))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("render", [markdown, inline_markdown])
def test_markdown_makes_only_harmless_elements(render, text):
    found = Elements(render(text))
    allowed = "a blockquote br code em h2 h3 h4 hr li ol p pre s span strong table tbody td th thead tr ul"
    assert found.tags <= set(allowed.split())
    for name, value in found.attributes:
        assert name in {"href", "title", "rel", "class", "tabindex", "role", "aria-label", "scope", "start"}
        if name == "href":
            assert re.match(r"(https?://|mailto:|[^:]*$)", value or ""), value
        if name == "class":
            assert "code-pane" in (value or "") or re.fullmatch(r"line|data-table|[a-z]{1,2}\d?", value or "")
    assert "49" not in found.text


def test_markdown_knows_what_prompts_need():
    html = markdown(
        "# One\n\nTwo *three* **four** ~~five~~ `six` [seven](https://example.org/?a=1&b=2).\n\n"
        "1. a\n2. b\n\n- c\n\n> d\n\n| e | f |\n|---|---|\n| 1 | 2 |\n\n---\n"
    )
    found = Elements(html)
    assert {"h2", "em", "strong", "s", "code", "a", "ol", "ul", "blockquote", "table", "hr"} <= found.tags
    assert "h1" not in found.tags
    assert ("href", "https://example.org/?a=1&b=2") in found.attributes
    assert ("rel", "noopener noreferrer") in found.attributes


def test_code_in_markdown_is_coloured_line_by_line():
    html = markdown('```python\n@app.get("/")\ndef index():\n    return "x"  # y\n```')
    assert html.count('<span class="line">') == 3
    for part in ('<span class="nd">@app</span>', '<span class="k">def</span>', '<span class="c1"># y</span>'):
        assert part in html
    assert 'tabindex="0"' in html


def test_markdown_of_nothing_is_nothing():
    assert (markdown(""), markdown(None), inline_markdown(None), code_lines(None)) == (
        "",
        "",
        "",
        '<span class="line"></span>',
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("**Why** is `x_y` here?\nSee [the docs](https://example.org).", "Why is x_y here? See the docs."),
        ("## Design\n\n- *good*\n- 2 * 3 * 4\n\n```\na = '**'\n```", "Design good 2 * 3 * 4 a = '**'"),
        ("@Anders Lindqvist, `<b>` or <b>?", "@Anders Lindqvist, <b> or <b>?"),
        (None, ""),
    ],
)
def test_words_of_markdown_have_no_signs(text, said):
    assert words(text) == said


@pytest.mark.parametrize(
    "source", ["a", "a\n", "a\n\nb", "", "\n", "def f(:\n  '", '"""x\ny\n"""\nz', "\t\r\nx", "é🦊\n" * 3]
)
@pytest.mark.parametrize("language", ["python", "html+jinja", "text", "no-such-language", '"><b>'])
def test_code_keeps_every_letter_and_line(source, language):
    html = code_lines(source, language)
    lines = re.findall(r'<span class="line">(.*?)</span>(?=<span class="line">|$)', str(html), re.DOTALL)
    text = [Elements(line).text for line in lines]
    wanted = source.replace("\r\n", "\n").replace("\r", "\n")
    assert "\n".join(text) == wanted.removesuffix("\n")


@pytest.mark.parametrize("language", ["python", "html+jinja"])
@pytest.mark.parametrize(
    "piece", ["</code><script>", '"""', "({[", "# " * 3, "f'{", "\x1b[31m", "\\\n", "<a ", "{% "]
)
def test_long_hostile_code_is_inert_and_comes_to_an_end(piece, language):
    source = (piece * (64 * 1024 // len(piece) + 1))[: 64 * 1024]
    began = time.thread_time()  # not by the clock on the wall: the machine may be busy
    html = code_lines(source, language)
    assert time.thread_time() - began < 20, (
        "a third of a second is usual; a lexer that runs away takes minutes"
    )
    assert Elements(html).tags == {"span"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ines.okafor@example.org", "ines.<wbr>okafor@<wbr>example.<wbr>org"),
        ("a@<b>.c", "a@<wbr>&lt;b&gt;.<wbr>c"),
        ("Dr. Ines Okafor", "Dr. Ines Okafor"),
        ("", ""),
    ],
)
def test_an_address_may_break_after_its_signs_and_a_name_stays_whole(text, shown):
    assert pages.address(text) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, pages.NOTHING), (0, "0"), (4, "4"), (4.5, "4.5"), (10.0, "10"), (1 / 3, "0.33"), (100, "100")],
)
def test_points(value, text):
    assert pages.points(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, pages.NOTHING),
        (0, "0 s"),
        (0.31, "0.31 s"),
        (9.999, "10 s"),
        (47, "47 s"),
        (59.7, "1 min"),
        (220, "3 min 40 s"),
        (600, "10 min"),
        (3900, "1 h 05 min"),
    ],
)
def test_duration(seconds, text):
    assert pages.duration(seconds) == text


def test_moments_are_utc_until_a_browser_knows_better(monkeypatch):
    monkeypatch.setattr(pages, "right_now", lambda: datetime(2026, 12, 24, tzinfo=UTC))
    value = datetime(2026, 11, 21, 1, 3, 7, tzinfo=timezone(timedelta(hours=2)))
    assert pages.moment(value) == (
        '<time datetime="2026-11-20T23:03:07+00:00" data-style="both">20 November 2026, 23:03</time>'
    )
    texts = [re.sub("<[^>]*>", "", pages.moment(value, style)) for style in ("date", "time", "short")]
    assert texts == ["20 November 2026", "23:03:07", "20 Nov, 23:03"]
    older = datetime(2019, 3, 1, tzinfo=UTC)
    assert pages.moment(older, "short").endswith(">1 Mar 2019, 00:00</time>")
    assert pages.moment(None) == pages.NOTHING


def test_plural():
    assert [pages.plural(count, "question") for count in (0, 1, 2)] == [
        "0 questions",
        "1 question",
        "2 questions",
    ]
    assert pages.plural(3, "person", "people") == "3 people"


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("Ines Okafor", "IO"),
        ("noor", "N"),
        ("Ana María de la Cruz", "AC"),
        ("* *", "A"),
        ("Łukasz (Luke) Żak", "ŁŻ"),
    ],
)
def test_the_account_is_signed_with_initials(name, initials):
    assert Viewer(1, name, "a@example.org", Role.CANDIDATE).initials == initials


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (None, ["Home", "Banks"]),
        (Role.CANDIDATE, ["Home", "Banks", "Interviews", "History"]),
        (Role.AUTHOR, ["Home", "Banks", "Interviews", "History", "Questions", "Answers to grade"]),
        (Role.MANAGER, ["Home", "Banks", "Interviews", "History", "Hiring", "Shared mocks", "Regrades"]),
        (
            Role.ADMIN,
            [
                "Home",
                "Banks",
                "Interviews",
                "History",
                "Hiring",
                "Shared mocks",
                "Regrades",
                "Questions",
                "Answers to grade",
                "Admin",
            ],
        ),
    ],
)
def test_the_top_bar_shows_the_places_of_a_role(app, make_person, role, labels):
    client = make_person(role).client if role else app.test_client()
    page = client.get("/banks").text
    bar = re.search(r'<nav class="sections".*?</nav>', page, re.DOTALL)
    assert bar
    assert re.findall(r">([^<>]+)</a>", bar[0]) == labels
    assert re.findall(r'aria-current="page">([^<]+)<', bar[0]) == ["Banks"]


def test_static_addresses_change_with_the_content(app):
    with app.test_request_context():
        assert re.fullmatch(r"/static/page\.js\?v=\w{12}", pages.static_url("page.js"))
        assert pages.static_url("none.js") == "/static/none.js"
        assert pages.asset("none.js") == "/static/dist/none.js"


def test_every_icon_that_a_template_names_is_there():
    there = set(re.findall(r'id="i-([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    named = set()
    for template in TEMPLATES.rglob("*.html"):
        named |= set(re.findall(r'icon\("([\w-]+)"', template.read_text(encoding="utf-8")))
    assert len(named) > 10
    assert named <= there


def test_no_template_has_a_script_or_style_of_its_own():
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son[a-z]+=\"|<style|javascript:", text), template
        assert "|safe" not in text.replace(" ", ""), template


def test_style_sheets_take_every_colour_from_the_tokens():
    for sheet in (STATIC / "css").glob("*.css"):
        text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
        used, known = set(re.findall(r"var\((--[\w-]+)", text)), set()
        for other in (STATIC / "css").glob("*.css"):
            known |= set(re.findall(r"(--[\w-]+)\s*:", other.read_text(encoding="utf-8")))
        assert used - known - {"--from"} == set(), sheet.name
        assert "url(" not in text, "nothing is loaded by a style sheet"


class TestMacros:
    def draw(self, app, source: str) -> str:
        with app.test_request_context():
            return render_template_string(source)

    def test_a_verdict_is_an_icon_and_a_word(self, app):
        for name, word in (
            ("accepted", "Accepted"),
            ("internal_error", "Fault on our side"),
            ("part", "Partly right"),
        ):
            html = self.draw(
                app, f'{{% from "macros/parts.html" import verdict %}}{{{{ verdict("{name}") }}}}'
            )
            assert html.count("<use ") == 1
            assert Elements(html).text == word
        html = self.draw(
            app, '{% from "macros/parts.html" import verdict %}{{ verdict("wrong_answer", "4 of 6") }}'
        )
        assert "4 of 6" in html

    @pytest.mark.parametrize(
        ("share", "width"), [(0, "0.0"), (0.5, "50.0"), (1, "100.0"), (7, "100.0"), (-1, "0.0")]
    )
    def test_a_meter_stays_in_its_bounds(self, app, share, width):
        html = self.draw(app, f'{{% from "macros/parts.html" import meter %}}{{{{ meter({share}) }}}}')
        assert f'class="value" width="{width}%"' in html

    def test_a_level_says_its_figure(self, app):
        html = self.draw(app, '{% from "macros/parts.html" import level %}{{ level(3) }}')
        assert html.count('class="on"') == 3
        assert 'aria-label="Difficulty 3 of 5"' in html

    def test_text_is_escaped(self, app):
        html = self.draw(
            app,
            '{% from "macros/parts.html" import callout, empty, crumbs, toasts %}{% set t = "<b>\\"x" %}'
            '{{ callout("fail", t, t) }}{{ empty("search", t, t, t, "/") }}{{ crumbs([(t, "/"), (t, none)]) }}'
            "{{ toasts([t]) }}",
        )
        assert "<b>" not in html
        assert html.count("&lt;b&gt;") == 8
