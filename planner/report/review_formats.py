"""The formats of a review by name; each is imported only when it is written."""

from importlib import import_module

from planner.review.reviewed import Review

FORMATS = ("text", "markdown", "json", "github", "sarif", "junit", "gitlab")


def review_report(review: Review, form: str, *, width: int = 120, fail_on: str = "error") -> str:
    """The review as one of `FORMATS`, ending in a line break.

    `width` is what a terminal has; `fail_on` is the least severity that JUnit counts as a failure.
    """
    write = getattr(import_module(f"planner.report.review_{form}"), f"review_{form}")
    options: dict[str, dict[str, int | str]] = {"text": {"width": width}, "junit": {"fail_on": fail_on}}
    report: str = write(review, **options.get(form, {}))
    return report
