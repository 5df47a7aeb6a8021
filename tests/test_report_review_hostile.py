"""Hostile names in every format of a review: they are shown, and nothing else comes of them."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from planner.report.review_formats import FORMATS, review_report
from planner.report.review_markdown import LONGEST
from pricing.printable import printable
from tests.hostile import HOSTILE
from tests.review_hostile import PATHS, hostile_review

SCHEMAS = Path(__file__).with_name("schemas")
NAMES = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@NAMES
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("compared", [True, False], ids=["against", "alone"])
def test_no_format_lets_a_name_reach_a_terminal_as_anything_but_visible_text(
    form: str, text: str, compared: bool
) -> None:
    """Only visible characters and line breaks come out, and any encoding of Unicode can carry them."""
    report = review_report(hostile_review(text, compared=compared), form)
    report.encode("utf-8")
    assert [char for char in set(report) if char != "\n" and printable(char) != char] == []
    assert report.endswith("\n")


@NAMES
@pytest.mark.parametrize("form", ["text", "github"])
def test_a_name_is_no_workflow_command_in_a_log(form: str, text: str) -> None:
    """GitHub obeys `::command::` at the start of a line, and `##[command]` anywhere in one it does not understand."""
    for line in review_report(hostile_review(text), form).splitlines():
        if line.startswith(("::error ", "::warning ", "::notice ")) and form == "github":
            continue
        assert not line.lstrip().startswith("::")
        assert "##[" not in line
        assert "##vso" not in line


@NAMES
def test_a_name_adds_no_line_and_no_property_to_an_annotation(text: str) -> None:
    """One command a finding, its file the name that was given, as far as it can be seen."""
    lines = review_report(hostile_review(text), "github").splitlines()
    commands = [re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line) for line in lines[:-1]]
    told = [match for match in commands if match and "file=" in match[2]]
    assert len(told) == PATHS
    properties = [dict(part.split("=", 1) for part in match[2].split(",")) for match in told]
    assert {frozenset(each) for each in properties} <= {
        frozenset({"file", "line", "col", "title"}),
        frozenset({"file", "title"}),
    }
    files = [each["file"].replace("%3A", ":").replace("%2C", ",").replace("%25", "%") for each in properties]
    assert printable(os.path.normpath(f"scenarios/{text}"), 4_096) in files


@NAMES
def test_json_carries_a_name_as_it_is(text: str) -> None:
    """Whatever is hidden is escaped in the file and whole again when it is read; a stray byte of a name is spelled out."""
    values = json.loads(review_report(hostile_review(text), "json"))
    assert values["files"][0]["scenario"] == text.replace("\udcff", "\\udcff")
    assert values["files"][0]["findings"][0]["remedy"] == f"rename {text}".replace("\udcff", "\\udcff")
    assert values["difference"]["files"][0]["lines"][0]["old"] == text.replace("\udcff", "\\udcff")


@NAMES
def test_sarif_with_a_hostile_name_is_valid_and_points_at_the_very_file(text: str) -> None:
    """The address decodes to the bytes of the name, and no message can be read as a link."""
    log = json.loads(review_report(hostile_review(text), "sarif"))
    jsonschema.validate(log, json.loads((SCHEMAS / "sarif-2.1.0.json").read_text()))
    results = log["runs"][0]["results"]
    uri = results[0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert unquote_to_bytes(uri) == os.fsencode(os.path.normpath(f"scenarios/{text}"))
    assert re.fullmatch(r"[A-Za-z0-9%/._~-]+", uri)
    assert not any("](" in result["message"]["text"] for result in results)


@NAMES
def test_junit_with_a_hostile_name_parses_strictly(text: str) -> None:
    """The name is the classname of its cases, and adds no element."""
    root = ElementTree.fromstring(review_report(hostile_review(text), "junit"))  # noqa: S314 - our own output
    assert {element.tag for element in root.iter()} <= {
        "testsuites",
        "testsuite",
        "testcase",
        "failure",
        "system-out",
        "skipped",
    }
    names = [case.get("classname") for case in root.iter("testcase")]
    assert printable(os.path.normpath(f"scenarios/{text}"), 4_096) in names


@NAMES
def test_gitlab_with_a_hostile_name_is_one_entry_a_finding(text: str) -> None:
    entries = json.loads(review_report(hostile_review(text), "gitlab"))
    schema = json.loads((SCHEMAS / "gitlab-codeclimate.json").read_text())
    for entry in entries:
        jsonschema.validate(entry, schema)
    assert len(entries) == len({entry["fingerprint"] for entry in entries}) == PATHS


@NAMES
def test_markdown_makes_no_link_image_or_tag_of_a_name(text: str) -> None:
    """Parsed in GitHub's dialect, with tags allowed and bare addresses linked: only the tags of the report are there."""
    report = review_report(hostile_review(text), "markdown")
    assert len(report.encode()) <= LONGEST
    tokens = list(_flat(MarkdownIt("gfm-like").parse(report)))
    assert {token.type for token in tokens} & {"link_open", "image", "s_open", "em_open"} == set()
    tags = {token.content.strip() for token in tokens if token.type in ("html_inline", "html_block")}
    assert all(
        re.fullmatch(
            r"<!-- bursar review -->|</?sub>|<br>|</details>|<details><summary>[\w :,]+</summary>", tag
        )
        for tag in tags
    )
    assert sum(token.type == "heading_open" for token in tokens) == 1


@NAMES
def test_markdown_keeps_the_shape_of_its_tables(text: str) -> None:
    """Two scenarios make two rows of seven cells, whatever they are called, and the last of each is the runway."""
    tokens = MarkdownIt("gfm-like").parse(review_report(hostile_review(text), "markdown"))
    first = next(index for index, token in enumerate(tokens) if token.type == "table_close")
    kinds = [token.type for token in tokens[:first]]
    assert kinds.count("tr_open") == 3
    assert kinds.count("td_open") == 14
    contents = [tokens[index + 1].content for index, kind in enumerate(kinds) if kind == "td_open"]
    assert contents[6] == contents[13] == "1 \\-&gt; 0"


@NAMES
def test_what_github_looks_for_after_rendering_stands_in_code(text: str) -> None:
    """Mentions, references, commits and short codes are looked for in text outside code: there are none."""
    report = review_report(hostile_review(text), "markdown")
    inline = [token for token in MarkdownIt("gfm-like").parse(report) if token.type == "inline"]
    outside = [
        "".join(child.content if child.type == "text" else " " for child in token.children or [])
        for token in inline
    ]
    acts = r"(?<!\w)@\w|(?<!\w)#\d|GH-\d|\w#\d|https?:|www\.|\b[0-9a-f]{40}\b|:\w+:"
    assert [line for line in outside if re.search(acts, line)] == []


def _flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _flat(token.children or [])
