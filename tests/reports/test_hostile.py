"""Words from outside stay words: in Markdown, on the page, in JSON, and in a terminal."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command import harmful, strings
from markdown_it import MarkdownIt

from sshwizard import commonmark, store
from sshwizard.fronts.reports import markdown, page
from sshwizard.fronts.reports.content import content
from sshwizard.fronts.reports.story import Block, Code, Heading, Item, Items, Say
from sshwizard.fronts.reports.writing import made

from .worlds import Names, everything, kept, unpacked

HOSTILE = {
    "a tag": "</script></pre></style></code><script>alert(1)</script><img src=x onerror=alert(1)>",
    "an attribute": "\" onmouseover=alert(1) x='&#x3c;script>&lt;b>",
    "a link": "](javascript:alert(1)) [x](javascript:alert(1)) <javascript:alert(1)> ![i](http://evil.test/p.png)",
    "an address": "https://evil.test/x www.evil.test mailto:a@evil.test @everyone #123 :bomb: GH-1 owner/repo#2",
    "a reference": "[a]: http://evil.test\n[a] [^1] ~~gone~~ **loud** _soft_ `` ` ``` ```` $x$",
    "a fence": "``` ~~~ \n# heading\n- list\n1. one\n> quote\n---\n| a | b |\n|---|---|\n<!-- no -->",
    "a terminal": "\x1b[31m\x1b]0;x\x07\x1b]8;;http://evil.test\x07 \x9b31m \r\x08",
    "letters": "\u202e\u2066\u200b\u00ad\ufeff\u2028\ud800 e\u0301",
    "nested": "]]>--><![CDATA[<svg/onload=alert(1)>\\u003cscript>{{x}}<%= x %>",
}
GITHUB = MarkdownIt("gfm-like", {"html": True})
PLAIN = {"inline", "text", "softbreak", "hardbreak", "code_inline", "fence", "text_special"}
BLOCKS = {"heading", "paragraph", "bullet_list", "ordered_list", "list_item"}


def tokens(text: str) -> list[str]:
    """The kinds of everything that a Markdown reader makes of a text."""
    found = []
    for token in GITHUB.parse(text):
        found += [token.type, *(child.type for child in token.children or ())]
    return found


class Reader(HTMLParser):
    """The tags and attributes that a browser would see; each that is opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str]] = set()
        self.text: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {(tag, name) for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


TAGS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "p", "pre", "ul", "ol", "li", "b"}


def check_page(text: str) -> Reader:
    """The page is whole, well-formed as XML too, and holds nothing that runs, loads or leads elsewhere."""
    found = Reader(text)
    assert found.tags <= TAGS
    assert {name for _, name in found.attributes} <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    ET.fromstring(text.partition("\n")[2])
    assert harmful(text, allowed="\n") == []
    return found


@pytest.mark.parametrize("name", HOSTILE)
def test_no_word_of_a_session_takes_effect(name: str, tmp_path: Path) -> None:
    evil = HOSTILE[name]
    path = kept(tmp_path, Names(comment=evil, tag=evil), banner=evil)
    for redact in (True, False):
        told = content(store.load(path), "x", redact=redact)
        for file, text in everything(told).items():
            assert harmful(text, allowed="\n") == [], file
            assert "\x1b" not in text
        read = made(told, "markdown").decode()
        kinds = {kind.removesuffix("_open").removesuffix("_close") for kind in tokens(read)}
        assert kinds <= PLAIN | BLOCKS, read
        found = check_page(made(told, "html").decode())
        as_json = made(told, "json").decode()
        assert not set("<>&") & set(as_json)
        assert as_json.isascii()
        json.loads(as_json)
        if name == "a tag" and not redact:
            assert "<script>alert(1)</script>" in "".join(found.text)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_sentence_reads_as_it_was_written(name: str) -> None:
    evil = " ".join(HOSTILE[name].encode("utf-8", "replace").decode().split())
    evil = "".join(letter for letter in evil if not harmful(letter))
    inline = GITHUB.parseInline(commonmark.inert(evil))[0]
    shown = "".join(child.content for child in inline.children or ())
    assert {child.type for child in inline.children or ()} <= PLAIN
    assert " ".join(shown.split()) == " ".join(evil.split())
    blocks: list[Block] = [
        Heading(evil),
        Say(evil),
        Code((evil, evil)),
        Items((Item(evil, "ok", (evil,)),)),
        Items((Item(evil),), True),
    ]
    read = markdown.written(blocks)
    assert {kind.removesuffix("_open").removesuffix("_close") for kind in tokens(read)} <= PLAIN | BLOCKS
    assert [token.content for token in GITHUB.parse(read) if token.type == "fence"] == [f"{evil}\n{evil}\n"]
    check_page(page.written(blocks))


def test_the_policy_of_the_page_lets_its_style_in_and_nothing_else() -> None:
    text = page.written([Heading("a", 1)])
    assert "default-src 'none'" in page.POLICY
    assert text.count("<style>") == 1
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    assert "url(" not in text
    assert "@import" not in text


def test_no_key_is_in_any_report(tmp_path: Path) -> None:
    key = tmp_path / "id"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-m", "PEM", "-N", "", "-f", key], check=True, timeout=20
    )
    rows = key.read_text()
    token = "X-Amz-Signature=0123456789abcdef"
    path = kept(tmp_path, Names(comment=rows, tag=token), banner=rows)
    secret = [row for row in rows.splitlines() if row and not row.startswith("-----")]
    for redact in (True, False):
        for file, text in everything(content(store.load(path), "x", redact=redact)).items():
            assert not [row for row in (*secret, token) if row in text], file


def test_what_would_be_sent_as_environment_stays_at_home(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.write_text(path.read_text().replace('"identityfile"', '"setenv": ["KEY_OF_SHOP=hunter2"], "identityfile"'))
    for redact in (True, False):
        for file, text in everything(content(store.load(path), "x", redact=redact)).items():
            assert "hunter2" not in text, file


def test_what_files_held_stays_at_home(tmp_path: Path) -> None:
    path = kept(tmp_path)
    row = {
        "schema": 1, "event": "Did", "fix": "write-host-block", "code": "auth.wrong-user", "leg": 0, "node": "keys",
        "outcome": "too-open", "question": "login", "answer": "denied", "at": "",
        "effects": [{"kind": "WriteFile", "path": "/x", "content": "Host secret-host\n", "expects": "", "mode": 384}],
        "inverses": [{"kind": "Restore", "path": "/x", "backup": "", "expects": "a", "mode": -1}],
    }  # fmt: skip
    path.write_text(path.read_text() + json.dumps(row) + "\n")
    files = unpacked(made(content(store.load(path), "x"), "bundle"))
    for line in files["sshwizard-report/session.jsonl"].splitlines():
        assert "secret-host" not in strings(json.loads(line))
    assert "[left out]" in files["sshwizard-report/session.jsonl"]
