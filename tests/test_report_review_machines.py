"""A review as programs read it: JSON, workflow commands, SARIF, JUnit and GitLab's Code Quality."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from planner.report.review_formats import FORMATS, review_report
from planner.report.review_places import address, clean, fingerprints
from planner.review.reviewed import Ignored, Review
from planner.review.rules import RULES
from pricing.problems import Place, Problem
from pricing.records import replace
from tests.review_support import NOW, RAISED, broken, edited, invalid, problem, removed, review, reviewed

SCHEMAS = Path(__file__).with_name("schemas")
IGNORED = Ignored(problem("warning", "near-limit", 3), "until spring", 2)
NOTE = Problem("info", "old-prices", "price_book", "is 121 days old")


def whole() -> Review:
    """Every severity, an ignored finding, an invalid file, a change of each kind."""
    return review(
        reviewed(findings=[NOTE, problem(), RAISED], ignored=[IGNORED]),
        invalid(),
        changes=[edited(new_findings=[RAISED], mended=1, notes=["a note"]), removed(), broken()],
        quiet=1,
    )


def loaded(form: str, told: Review | None = None) -> Any:  # noqa: ANN401 - JSON
    return json.loads(review_report(told or whole(), form))


def schema(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((SCHEMAS / name).read_text())


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_an_empty_review(form: str) -> None:
    """Nothing was named, nothing was found: still well-formed."""
    assert review_report(review(), form).endswith("\n")


class TestJson:
    def test_the_top_level_says_what_moved_and_what_was_found(self) -> None:
        values = loaded("json")
        assert list(values) == ["as_of", "headline", "consequences", "moves", "counts", "files", "difference"]
        assert values["as_of"] == "2026-11-22"
        assert values["moves"] is True
        assert values["counts"] == {"files": 2, "errors": 2, "warnings": 1, "infos": 1, "ignored": 1}

    def test_a_file_has_its_plan_its_findings_and_what_was_ignored(self) -> None:
        """Amounts are decimal strings in dollars, places count from 1."""
        file = loaded("json")["files"][0]
        assert (file["path"], file["scenario"], file["valid"]) == ("scenarios/a.yaml", "Catalogue", True)
        assert file["plan"]["list_cost"] == "120.00"
        assert file["plan"]["runway_months"] == 0
        assert file["findings"][1] == {
            "severity": "error",
            "code": "expect",
            "message": "is wrong; mend it",
            "line": 7,
            "where": "pipelines[0].assets_per_month",
            "column": 5,
            "length": 16,
            "remedy": "mend it",
        }
        assert file["ignored"][0]["reason"] == "until spring"
        assert file["ignored"][0]["comment_line"] == 2

    def test_an_invalid_file_has_no_plan(self) -> None:
        file = loaded("json")["files"][1]
        assert (file["valid"], file["scenario"], file["plan"]) == (False, None, None)

    def test_a_shift_is_told_apart_into_scenario_and_prices(self) -> None:
        change = loaded("json")["difference"]["files"][0]
        assert change["shifts"][0] == {
            "figure": "list_cost",
            "unit": "usd",
            "better": "lower",
            "before": "80.00",
            "after": "120.00",
            "change": "40.00",
            "change_pct": "50.0000",
            "by_scenario": "40.00",
            "by_prices": "0.00",
        }
        assert change["lines"] == [
            {
                "line": 7,
                "side": "after",
                "text": "    assets_per_month: 1500",
                "where": "pipelines[0].assets_per_month",
                "old": "1000",
                "new": "1500",
                "list_cost_effect": "40.00",
            }
        ]
        assert (change["mended"], change["notes"]) == (1, ["a note"])

    def test_the_sum_of_the_list_cost_counts_what_can_be_compared(self) -> None:
        """A removed scenario is not a saving of its whole cost."""
        assert loaded("json")["difference"]["list_cost"] == {
            "before": "80.00",
            "after": "120.00",
            "by_scenario": "40.00",
            "by_prices": "0.00",
            "change": "40.00",
        }

    def test_spelling_and_comments_do_not_move_anything(self) -> None:
        """A changed file without a figure, an edit, a finding or a note is no reason to call a reviewer."""
        values = loaded("json", review(changes=[edited(before=NOW, now=NOW)]))
        assert values["moves"] is False
        assert values["headline"] == "nothing moves in 1 changed scenario"

    def test_without_a_revision_the_difference_is_null(self) -> None:
        values = loaded("json", review(reviewed()))
        assert values["difference"] is None
        assert values["moves"] is False


class TestGithub:
    def test_errors_come_first_then_warnings_the_difference_and_notes(self) -> None:
        """GitHub shows ten of a kind a step, so what matters most is printed first."""
        lines = review_report(whole(), "github").splitlines()
        assert [line.split(" ")[0] for line in lines] == [
            "::error",
            "::error",
            "::warning",
            "::notice",
            "::notice",
            "bursar",
        ]
        assert lines[0] == (
            "::error file=scenarios/a.yaml,line=7,col=5,title=Bursar%3A expect::pipelines[0].assets_per_month: is wrong; mend it"
        )
        assert lines[3].startswith("::notice title=Bursar review::list cost +$40 over 2 months (+50.0 %25): ")
        assert (
            lines[4]
            == "::notice file=scenarios/a.yaml,title=Bursar%3A old-prices::price_book: is 121 days old"
        )

    def test_what_github_leaves_out_is_said(self) -> None:
        findings = [problem(line=7)] * 11
        last = review_report(review(reviewed(findings=findings)), "github").splitlines()[-1]
        assert last == (
            "bursar review: 1 scenario: 11 errors; GitHub shows the first 10 of each kind, the lines above are all of them"
        )


class TestSarif:
    def test_it_is_valid_by_the_published_schema(self) -> None:
        jsonschema.validate(loaded("sarif"), schema("sarif-2.1.0.json"))
        jsonschema.validate(loaded("sarif", review()), schema("sarif-2.1.0.json"))

    def test_the_schema_is_not_one_that_takes_anything(self) -> None:
        """The check above can fail: a level of our own invention is refused."""
        log = loaded("sarif")
        log["runs"][0]["results"][0]["level"] = "fatal"
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(log, schema("sarif-2.1.0.json"))

    def test_a_result_names_its_rule_its_level_and_its_place(self) -> None:
        run = loaded("sarif")["runs"][0]
        result = run["results"][1]
        assert (result["ruleId"], result["level"]) == ("expect", "error")
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == "expect"
        assert result["locations"][0] == {
            "physicalLocation": {
                "artifactLocation": {"uri": "scenarios/a.yaml", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 7, "startColumn": 5, "endColumn": 21},
            },
            "logicalLocations": [{"fullyQualifiedName": "pipelines[0].assets_per_month"}],
        }
        assert [each["level"] for each in run["results"]] == ["note", "error", "warning", "warning", "error"]

    def test_a_finding_about_the_whole_file_stands_on_its_first_line(self) -> None:
        result = loaded("sarif")["runs"][0]["results"][0]
        assert result["locations"][0]["physicalLocation"]["region"] == {
            "startLine": 1,
            "startColumn": 1,
            "endColumn": 2,
        }

    def test_an_ignored_finding_is_suppressed_with_its_reason(self) -> None:
        results = loaded("sarif")["runs"][0]["results"]
        assert [bool(each["suppressions"]) for each in results] == [False, False, False, True, False]
        assert results[3]["suppressions"][0] == {
            "kind": "inSource",
            "status": "accepted",
            "justification": "until spring",
            "location": {
                "physicalLocation": {
                    "artifactLocation": {"uri": "scenarios/a.yaml", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 2},
                }
            },
        }

    def test_every_rule_has_what_code_scanning_asks_for(self) -> None:
        """Identifier, short and full description and help: without them an upload is refused."""
        for rule in loaded("sarif")["runs"][0]["tool"]["driver"]["rules"]:
            assert rule["id"]
            assert rule["shortDescription"]["text"]
            assert rule["fullDescription"]["text"]
            assert rule["help"]["text"]
            assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")

    def test_a_known_rule_brings_its_own_words(self) -> None:
        """What `--explain` prints is the help beside the finding."""
        rule = next(
            each
            for each in loaded("sarif")["runs"][0]["tool"]["driver"]["rules"]
            if each["id"] == "old-prices"
        )
        known = RULES["old-prices"]
        assert rule["shortDescription"]["text"] == known.title
        assert rule["help"]["text"] == f"{known.why}\n\n{known.remedy}"

    def test_fingerprints_outlive_a_move_of_lines(self) -> None:
        """The same finding ten lines further down, with other words: still the same one."""
        moved = [
            replace(each, place=Place(17, 5, 16), message="other words") for each in (problem(), problem())
        ]
        assert list(fingerprints("a.yaml", [problem(), problem()])) == list(fingerprints("./a.yaml", moved))

    def test_fingerprints_tell_findings_apart(self) -> None:
        """By file, rule and place in the document, and by their turn where all of these are the same."""
        one, other = problem(), replace(problem(), where="credits[0]")
        names = [
            *fingerprints("a.yaml", [one, one, other, replace(one, code="x")]),
            *fingerprints("b.yaml", [one]),
        ]
        assert len(set(names)) == 5


class TestJUnit:
    def test_findings_fail_pass_or_are_skipped(self) -> None:
        """Errors fail; a warning and a note pass with their words; what is ignored is skipped with the reason."""
        root = ElementTree.fromstring(review_report(whole(), "junit"))  # noqa: S314 - our own output
        assert root.attrib == {
            "name": "bursar review",
            "tests": "5",
            "failures": "2",
            "errors": "0",
            "skipped": "1",
            "time": "0",
        }
        cases = list(root.iter("testcase"))
        assert [[child.tag for child in case] for case in cases] == [
            ["system-out"],
            ["failure"],
            ["system-out"],
            ["skipped"],
            ["failure"],
        ]
        failure = cases[1][0]
        assert failure.get("type") == "expect"
        assert failure.text == "scenarios/a.yaml:7:5: error: pipelines[0].assets_per_month: is wrong; mend it"

    def test_warnings_fail_when_they_are_said_to(self) -> None:
        root = ElementTree.fromstring(review_report(whole(), "junit", fail_on="warning"))  # noqa: S314 - our own output
        assert root.get("failures") == "3"

    def test_a_file_without_findings_is_a_test_that_passes(self) -> None:
        """A CI server that counts tests must not take a clean review for one that did not run."""
        root = ElementTree.fromstring(review_report(review(reviewed()), "junit"))  # noqa: S314 - our own output
        assert (root.get("tests"), root.get("failures")) == ("1", "0")
        assert [(case.get("classname"), len(case)) for case in root.iter("testcase")] == [
            ("scenarios/a.yaml", 0)
        ]


class TestGitlab:
    def test_each_entry_is_what_gitlab_takes(self) -> None:
        entries = loaded("gitlab")
        for entry in entries:
            jsonschema.validate(entry, schema("gitlab-codeclimate.json"))
        assert {entry["severity"] for entry in entries} <= {"info", "minor", "major", "critical", "blocker"}

    def test_an_entry_says_what_how_bad_and_where(self) -> None:
        """Findings without a place stand on the first line; ignored ones are left out."""
        entries = loaded("gitlab")
        assert [(each["check_name"], each["severity"], each["location"]) for each in entries] == [
            ("bursar/old-prices", "info", {"path": "scenarios/a.yaml", "lines": {"begin": 1}}),
            ("bursar/expect", "critical", {"path": "scenarios/a.yaml", "lines": {"begin": 7}}),
            ("bursar/candidates", "minor", {"path": "scenarios/a.yaml", "lines": {"begin": 9}}),
            ("bursar/unknown-key", "critical", {"path": "scenarios/broken.yaml", "lines": {"begin": 1}}),
        ]
        assert len({each["fingerprint"] for each in entries}) == 4


@pytest.mark.parametrize(
    ("path", "cleaned", "uri"),
    [
        ("./scenarios/a.yaml", "scenarios/a.yaml", "scenarios/a.yaml"),
        ("scenarios/../b c.yaml", "b c.yaml", "b%20c.yaml"),
        ("scenarios/100%#?.yaml", "scenarios/100%#?.yaml", "scenarios/100%25%23%3F.yaml"),
        ("a:b.yaml", "a:b.yaml", "a%3Ab.yaml"),
        ("/srv/a.yaml", "/srv/a.yaml", "file:///srv/a.yaml"),
        ("é\udcff.yaml", "é\udcff.yaml", "%C3%A9%FF.yaml"),
    ],
)
def test_paths_are_cleaned_and_encoded(path: str, cleaned: str, uri: str) -> None:
    assert clean(path) == cleaned
    assert address(path) == uri
