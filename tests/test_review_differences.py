"""What a change does to scenarios, on real repositories; every amount is written out."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from planner.plan import book_of
from planner.review.before import plainly
from planner.review.differences import difference
from planner.review.quiet import BadThreshold, parse_quiet_below
from planner.review.reviewed import ChangedLine, Difference, FileDifference, Reviewed
from tests.repositories import SCENARIO, WorkTree, tree
from tests.support import AS_OF
from tests.test_pricing_load import OWN

__all__ = ["tree"]

FILE = "scenarios/catalogue.yaml"
BOOK = OWN.replace("valid_from: 2027-01-01", "valid_from: 2026-12-01")
"""Core at $0.0375 an image."""
WITH_OWN = SCENARIO.replace("2026-07-24", "../prices/own.yaml")
"""100 pictures a month for two months at $0.0375: $7.50."""
GUARD = """\
name: Guard
budgets:
  - {name: day, limit_usd: 50, per: day, thresholds: [{at_pct: 80, do: downgrade}]}
  - {name: month, limit_usd: 900}
ladder:
  - {from: stability.stable-image-ultra-v1:1, to: stability.sd3-5-large-v1:0}
  - {images: 1}
"""


def reviewed(path: str) -> Reviewed:
    return plainly(AS_OF)(Path(path).read_bytes(), path, lambda file: book_of(file, path), None)


def against(revision: str = "HEAD", paths: Sequence[str] = ("scenarios",), quiet: str = "") -> Difference:
    """The difference of every scenario below the paths, judged by the plan's own findings."""
    files = [str(file) for path in paths for file in sorted(Path(path).rglob("*.yaml"))]
    return difference(
        [reviewed(file) for file in files],
        revision,
        paths=paths,
        as_of=AS_OF,
        quiet=parse_quiet_below(quiet) if quiet else None,
    )


def only(found: Difference) -> FileDifference:
    assert len(found.files) == 1
    return found.files[0]


def moved(file: FileDifference, *keys: str) -> dict[str, tuple[str, ...]]:
    """Figures that moved: before, now, by the scenario, by the prices; money in dollars."""
    return {
        shift.key: tuple(
            _shown(value, shift.unit)
            for value in (shift.before, shift.after, shift.by_scenario, shift.by_prices)
        )
        for shift in file.shifts
        if not keys or shift.key in keys
    }


def _shown(value: Fraction | str | None, unit: str) -> str:
    if not isinstance(value, Fraction):
        return str(value)
    return str(float(value / 1_000_000 if unit == "usd" else value))


def named(file: FileDifference) -> list[tuple[str, str, str | None, str | None]]:
    """The changed lines: which side and line, where, and the value before and now."""
    return [(f"{line.side} {line.line}", line.where, line.old, line.new) for line in file.lines]


def effects(file: FileDifference) -> list[tuple[str, str]]:
    return [(line.where, _shown(line.effect, "usd")) for line in file.lines]


def test_the_edit_of_a_scenario_moves_its_figures(tree: WorkTree) -> None:
    """$8.00 for 200 assets of one picture become $24.00 for 300 assets of two."""
    tree.edit(
        FILE, ("assets_per_month: 100", "assets_per_month: 150"), ("core-v1:1}", "core-v1:1, candidates: 2}")
    )
    found = against()
    file = only(found)
    assert (file.path, file.before_path, file.state, file.notes) == (FILE, FILE, "changed", ())
    assert moved(file) == {
        "list_cost": ("8.0", "24.0", "16.0", "0.0"),
        "out_of_pocket": ("8.0", "24.0", "16.0", "0.0"),
        "worst_month": ("4.0", "12.0", "8.0", "0.0"),
        "assets": ("200.0", "300.0", "100.0", "0.0"),
        "images": ("200.0", "600.0", "400.0", "0.0"),
        "cost_per_asset": ("0.04", "0.08", "0.04", "0.0"),
    }
    assert found.commit == tree.git("rev-parse", "HEAD").strip()
    assert (found.revision, found.unchanged, found.quiet) == ("HEAD", 0, 0)


def test_the_lines_that_did_it_are_named_with_what_each_does_alone(tree: WorkTree) -> None:
    """Alone, twice the candidates cost $8.00 more and half again the assets $4.00; the largest comes first."""
    tree.edit(
        FILE, ("assets_per_month: 100", "assets_per_month: 150"), ("core-v1:1}", "core-v1:1, candidates: 2}")
    )
    assert only(against()).lines == (
        ChangedLine(
            line=10,
            side="after",
            text="      - {name: draft, model: stability.stable-image-core-v1:1, candidates: 2}",
            where="pipelines[0].stages[0].candidates",
            effect=Fraction(8_000_000),
            old=None,
            new="2",
        ),
        ChangedLine(
            line=8,
            side="after",
            text="    assets_per_month: 150",
            where="pipelines[0].assets_per_month",
            effect=Fraction(4_000_000),
            old="100",
            new="150",
        ),
    )


def test_the_edit_comes_first_and_the_prices_second(tree: WorkTree) -> None:
    """200 pictures at $0.04 are $8.00; 400 at $0.04 are $16.00 by the edit; 400 at $0.0375 take $1.00 off by the prices."""
    tree.write("prices/own.yaml", BOOK)
    tree.commit()
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 200"), ("2026-07-24", "../prices/own.yaml"))
    file = only(against())
    assert moved(file, "list_cost", "cost_per_asset") == {
        "list_cost": ("8.0", "15.0", "8.0", "-1.0"),
        "cost_per_asset": ("0.04", "0.0375", "0.0", "-0.0025"),
    }
    assert effects(file) == [("pipelines[0].assets_per_month", "8.0"), ("price_book", "-0.5")]
    assert file.notes == ("price book acme-2027 instead of 2026-07-24",)


def test_a_price_book_of_the_teams_own_that_changed_moves_scenarios_that_did_not(tree: WorkTree) -> None:
    """$0.0375 become $0.05 an image: $7.50 become $10.00, all of it by the prices, and no line of the scenario did it."""
    tree.write("prices/own.yaml", BOOK)
    tree.write(FILE, WITH_OWN)
    tree.write("scenarios/shipped.yaml", SCENARIO.replace("Catalogue", "Shipped"))
    tree.commit()
    tree.edit("prices/own.yaml", ("0.0375", "0.05"))
    found = against()
    file = only(found)
    assert (file.state, file.lines) == ("unchanged", ())
    assert moved(file, "list_cost", "assets") == {"list_cost": ("7.5", "10.0", "0.0", "2.5")}
    assert file.notes == ("price book acme-2027 has other contents",)
    assert found.unchanged == 1


def test_both_kinds_of_change_to_a_book_and_its_scenario_sum_to_the_whole(tree: WorkTree) -> None:
    """Twice the assets: $7.50 to $15.00 at the old price; $0.05 instead of $0.0375 on 400 pictures: $5.00 more."""
    tree.write("prices/own.yaml", BOOK)
    tree.write(FILE, WITH_OWN)
    tree.commit()
    tree.edit("prices/own.yaml", ("0.0375", "0.05"))
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 200"))
    assert moved(only(against()), "list_cost") == {"list_cost": ("7.5", "20.0", "7.5", "5.0")}


def test_a_book_whose_comments_changed_changes_nothing(tree: WorkTree) -> None:
    tree.write("prices/own.yaml", BOOK)
    tree.write(FILE, WITH_OWN)
    tree.commit()
    tree.write("prices/own.yaml", f"# as signed\n{BOOK}")
    found = against()
    assert (found.files, found.unchanged) == ((), 1)


def test_a_scenario_and_its_book_may_move_together(tree: WorkTree) -> None:
    tree.write("scenarios/prices/own.txt", BOOK)
    tree.write(FILE, SCENARIO.replace("2026-07-24", "prices/own.txt"))
    tree.commit()
    (tree.folder / "scenarios/eu").mkdir()
    tree.git("mv", FILE, "scenarios/eu/catalogue.yaml")
    tree.edit("scenarios/eu/catalogue.yaml", ("prices/own.txt", "../prices/own.txt"))
    file = only(against())
    assert (file.path, file.before_path, file.state) == ("scenarios/eu/catalogue.yaml", FILE, "renamed")
    assert (file.shifts, file.notes) == ((), ())
    assert named(file) == [("after 5", "price_book", "prices/own.txt", "../prices/own.txt")]


def test_prices_that_do_not_know_a_new_model_cannot_split_the_change(tree: WorkTree) -> None:
    """The team's book prices Core alone; Ultra comes with AWS's, at $0.14: $7.50 become $28.00."""
    tree.write("prices/own.yaml", BOOK)
    tree.write(FILE, WITH_OWN)
    tree.commit()
    tree.edit(FILE, ("../prices/own.yaml", "2026-07-24"), ("stable-image-core", "stable-image-ultra"))
    file = only(against())
    assert moved(file, "list_cost") == {"list_cost": ("7.5", "28.0", "None", "None")}
    assert file.notes == (
        "price book 2026-07-24 instead of acme-2027",
        "the prices of before do not price the scenario of now, so the change is not split",
    )
    assert effects(file) == [("price_book", "0.5"), ("pipelines[0].stages[0].model", "None")]


def test_a_book_that_git_does_not_keep_is_taken_as_it_is(tree: WorkTree) -> None:
    tree.write(".gitignore", "prices\n")
    tree.write("prices/own.yaml", BOOK)
    tree.write(FILE, WITH_OWN)
    tree.commit()
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 200"))
    assert moved(only(against()), "list_cost") == {"list_cost": ("7.5", "15.0", "7.5", "0.0")}


def test_a_book_that_was_missing_makes_the_side_before_invalid(tree: WorkTree) -> None:
    tree.write(FILE, WITH_OWN)
    tree.commit()
    tree.write("prices/own.yaml", BOOK)
    tree.git("add", "prices/own.yaml")
    file = only(against())
    assert file.state == "invalid"
    assert file.notes == ("before: line 5: price_book: there was no prices/own.yaml",)
    assert moved(file, "list_cost") == {"list_cost": ("None", "7.5", "None", "None")}


def test_comments_spacing_order_and_spelling_are_no_edit(tree: WorkTree) -> None:
    """The file has changed, and nothing in it: no figure, no line."""
    tree.write(
        FILE,
        """\
# what the shop needs
region: 'us-west-2'
name: "Catalogue"
months: 2
start: 2026-12
price_book: 2026-07-24
pipelines:
- stages:
  - model: stability.stable-image-core-v1:1
    name: draft
  assets_per_month: 1_00.0
  name: catalogue
""",
    )
    file = only(against())
    assert (file.state, file.shifts, file.lines, file.notes) == ("changed", (), (), ())


def test_items_with_names_are_matched_by_them(tree: WorkTree) -> None:
    """A stage put before the others is one edit, at $0.14 for each of 200 assets; the stage after it is as it was."""
    tree.edit(
        FILE,
        (
            "      - {name: draft",
            "      - {name: hero, model: stability.stable-image-ultra-v1:1}\n      - {name: draft",
        ),
    )
    file = only(against())
    assert named(file) == [("after 10", "pipelines[0].stages[0]", None, None)]
    assert effects(file) == [("pipelines[0].stages[0]", "28.0")]


def test_an_item_under_another_name_is_the_same_item(tree: WorkTree) -> None:
    tree.edit(FILE, ("name: draft", "name: first look"), ("name: catalogue", "name: shop"))
    file = only(against())
    assert named(file) == [
        ("after 7", "pipelines[0].name", "catalogue", "shop"),
        ("after 10", "pipelines[0].stages[0].name", "draft", "first look"),
    ]
    assert effects(file) == [("pipelines[0].name", "0.0"), ("pipelines[0].stages[0].name", "0.0")]
    assert file.shifts == ()


def test_what_is_taken_out_is_named_by_its_line_before(tree: WorkTree) -> None:
    """Without 100 % rework the 400 pictures are 200: $8.00 less."""
    tree.edit(FILE, ("    stages:", "    rework_pct: 100 # twice\n    stages:"))
    tree.commit()
    tree.write(FILE)
    file = only(against())
    assert file.lines == (
        ChangedLine(
            line=9,
            side="before",
            text="    rework_pct: 100 # twice",
            where="pipelines[0].rework_pct",
            effect=Fraction(-8_000_000),
            old="100",
            new=None,
        ),
    )


def test_another_order_of_credits_is_one_edit(tree: WorkTree) -> None:
    pools = [f"  - {{name: {name}, balance_usd: 5, starts: 2026-12-01, expires: never}}\n" for name in "abc"]
    tree.write(FILE, SCENARIO + "credits:\n" + "".join(pools))
    tree.commit()
    tree.write(FILE, SCENARIO + "credits:\n" + pools[2] + pools[0] + pools[1])
    file = only(against())
    assert [(line.line, line.where, line.text.strip()) for line in file.lines] == [
        (12, "credits", pools[2].strip())
    ]


def test_a_policy_for_the_guard_alone_shows_the_lines_of_its_budgets(tree: WorkTree) -> None:
    tree.write(FILE, GUARD)
    tree.commit()
    tree.edit(
        FILE,
        ("at_pct: 80", "at_pct: 60"),
        ("limit_usd: 900", "limit_usd: 1_200"),
        ("  - {images: 1}\n", "  - {quality: standard}\n  - {images: 1}\n"),
    )
    file = only(against())
    assert (file.state, file.shifts, file.notes) == ("changed", (), ())
    assert named(file) == [
        ("after 3", "budgets[0].thresholds[0].at_pct", "80", "60"),
        ("after 4", "budgets[1].limit_usd", "900", "1_200"),
        ("after 7", "ladder[1]", None, None),
    ]


def test_a_policy_that_becomes_a_plan_shows_the_plans_figures(tree: WorkTree) -> None:
    tree.write(FILE, GUARD)
    tree.commit()
    tree.write(FILE)
    file = only(against())
    assert file.state == "changed"
    assert moved(file, "list_cost") == {"list_cost": ("None", "8.0", "None", "None")}
    assert file.notes == ("before: a policy for the guard alone, without a plan",)


def test_another_number_of_months_is_said_with_the_figures(tree: WorkTree) -> None:
    tree.edit(FILE, ("months: 2", "months: 3"), ("2026-12", "2027-01"))
    file = only(against())
    assert moved(file, "list_cost", "runway_months") == {"list_cost": ("8.0", "12.0", "4.0", "0.0")}
    assert file.notes == (
        "plans 3 months from 2027-01 instead of 2 months from 2026-12: the sums do not compare like with like",
    )


def test_credits_move_cash_and_runway_but_no_list_cost(tree: WorkTree) -> None:
    """$5.00 of credit pay December's $4.00 and one dollar of January's: the first cash month moves."""
    tree.write(
        FILE,
        SCENARIO
        + "credits:\n  - {name: poc, balance_usd: 5, starts: 2026-12-01, expires: 2027-12-31, bedrock_third_party: yes}\n",
    )
    file = only(against())
    assert moved(file) == {
        "drawn": ("0.0", "5.0", "5.0", "0.0"),
        "out_of_pocket": ("8.0", "3.0", "-5.0", "0.0"),
        "first_out_of_pocket_month": ("2026-12", "2027-01", "None", "None"),
        "runway_months": ("0.0", "1.0", "1.0", "0.0"),
        "worst_month": ("4.0", "3.0", "-1.0", "0.0"),
    }
    assert effects(file) == [("credits", "None")]


def test_a_new_scenario_shows_what_it_costs(tree: WorkTree) -> None:
    tree.write("scenarios/ultra.yaml", SCENARIO.replace("core", "ultra").replace("months: 2", "months: 1"))
    found = against()
    file = only(found)
    assert (file.path, file.before_path, file.state, file.lines) == ("scenarios/ultra.yaml", None, "new", ())
    assert moved(file) == {
        "list_cost": ("None", "14.0", "None", "None"),
        "drawn": ("None", "0.0", "None", "None"),
        "out_of_pocket": ("None", "14.0", "None", "None"),
        "first_out_of_pocket_month": ("None", "2026-12", "None", "None"),
        "runway_months": ("None", "0.0", "None", "None"),
        "worst_month": ("None", "14.0", "None", "None"),
        "forfeited": ("None", "0.0", "None", "None"),
        "assets": ("None", "100.0", "None", "None"),
        "images": ("None", "100.0", "None", "None"),
        "cost_per_asset": ("None", "0.14", "None", "None"),
    }
    assert [problem.code for problem in file.new_findings] == ["old-prices"]
    assert found.unchanged == 1


def test_a_removed_scenario_shows_what_it_cost(tree: WorkTree, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named as it would be found from where the command runs; other YAML that is gone is no scenario."""
    tree.write("scenarios/book.yaml", BOOK)
    tree.write("scenarios/guard.yaml", GUARD)
    tree.write("scenarios/broken.yaml", "name: x\npipelines: []\n")
    tree.write("scenarios/binary.yaml", b"\0\1\2")
    tree.commit()
    for name in ("catalogue", "book", "guard", "broken", "binary"):
        (tree.folder / f"scenarios/{name}.yaml").unlink()
    monkeypatch.chdir(tree.folder / "scenarios")
    broken, catalogue, guard = against(paths=["."]).files
    assert (broken.path, broken.state) == ("broken.yaml", "removed")
    assert broken.notes == ("before: line 1: start: is missing, though pipelines is given",)
    assert (guard.path, guard.state, guard.shifts) == ("guard.yaml", "removed", ())
    assert (catalogue.path, catalogue.before_path, catalogue.state) == (
        "catalogue.yaml",
        "catalogue.yaml",
        "removed",
    )
    assert moved(catalogue, "list_cost", "runway_months") == {
        "list_cost": ("8.0", "None", "None", "None"),
        "runway_months": ("0.0", "None", "None", "None"),
    }
    assert (catalogue.mended, catalogue.new_findings) == (0, ())


def test_a_scenario_that_is_broken_now_has_mended_nothing(tree: WorkTree) -> None:
    """The rules no longer look at it, so what they found before is not gone."""
    size = ("name: draft,", "name: draft, size: 512x512,")
    tree.edit(FILE, size)
    tree.commit()
    tree.edit(FILE, ("months: 2", "months: two"))
    file = only(against())
    assert (file.state, file.mended) == ("invalid", 0)
    assert [problem.code for problem in file.new_findings] == ["wrong-value"]


def test_a_renamed_scenario_is_compared_with_what_it_was(tree: WorkTree) -> None:
    tree.git("mv", FILE, "scenarios/shop.yaml")
    file = only(against())
    assert (file.path, file.before_path, file.state) == ("scenarios/shop.yaml", FILE, "renamed")
    assert (file.shifts, file.lines, file.new_findings, file.mended) == ((), (), (), 0)
    tree.edit("scenarios/shop.yaml", ("assets_per_month: 100", "assets_per_month: 101"))
    assert moved(only(against()), "list_cost") == {"list_cost": ("8.0", "8.08", "0.08", "0.0")}


def test_two_branches_that_were_merged_show_only_ones_own_edit(tree: WorkTree) -> None:
    """main doubles the months in the same file, feature the assets: against main $16.00 become $32.00."""
    tree.git("checkout", "--quiet", "-b", "feature")
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 200"))
    tree.commit()
    assert moved(only(against("main")), "list_cost") == {"list_cost": ("8.0", "16.0", "8.0", "0.0")}
    tree.git("checkout", "--quiet", "main")
    tree.edit(FILE, ("months: 2", "months: 4"))
    tree.commit()
    tree.git("checkout", "--quiet", "feature")
    assert moved(only(against("main")), "list_cost") == {"list_cost": ("8.0", "16.0", "8.0", "0.0")}
    tree.git("merge", "--quiet", "--no-edit", "main")
    assert moved(only(against("main")), "list_cost") == {"list_cost": ("16.0", "32.0", "16.0", "0.0")}


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"name: x\nmonths: 2\n", "before: line 1: start: is missing, though months is given"),
        (b"\x89PNG\0\0", "before: is binary data, not YAML text"),
        (b"name: \xff\n", "before: line 1: is not UTF-8 text: byte 0xff at line 1, column 7"),
        (b"", "before: the file is empty"),
        (b"a: [\n", "before: line 1: a value is expected here"),
        (
            b"version https://git-lfs.github.com/spec/v1\noid sha256:1234\nsize 12\n",
            "before: is a Git LFS pointer: its text is not in the repository",
        ),
        (
            SCENARIO.replace("core-v1:1", "none-v1:1").encode(),
            "before: line 10: pipelines[0].stages[0].model: 'stability.stable-image-none-v1:1' is not an image model in price book 2026-07-24",
        ),
        (
            SCENARIO.replace("2026-07-24", "2019-01-01").encode(),
            "before: line 5: price_book: '2019-01-01' is not a price book that Bursar ships",
        ),
        (b"a" * 1_200_000, "before: is larger than 1,000,000 bytes"),
    ],
    ids=[
        "incomplete",
        "binary",
        "not UTF-8",
        "empty",
        "no YAML",
        "LFS",
        "unknown model",
        "unknown book",
        "too large",
    ],
)
def test_what_was_no_scenario_says_why(tree: WorkTree, content: bytes, note: str) -> None:
    tree.write(FILE, content)
    tree.commit()
    tree.write(FILE)
    file = only(against())
    assert (file.state, file.notes) == ("invalid", (note,))
    assert moved(file, "list_cost") == {"list_cost": ("None", "8.0", "None", "None")}


def test_what_is_no_scenario_any_more_says_why(tree: WorkTree) -> None:
    tree.edit(FILE, ("months: 2", "months: none"))
    file = only(against())
    assert (file.state, file.shifts, file.lines) == ("invalid", (), ())
    assert file.notes == ("now: line 3: months: must be a whole number between 1 and 120, got none",)
    assert [problem.where for problem in file.new_findings] == ["months"]


def test_findings_are_new_or_mended_wherever_their_line_is(tree: WorkTree) -> None:
    """A stage and comments put in front move the finding of the one below; a size that is ignored comes in, and goes."""
    size = ("name: draft,", "name: draft, size: 512x512,")
    tree.edit(
        FILE,
        (
            "    stages:\n",
            "    stages: # two\n      - {name: hero, model: stability.stable-image-ultra-v1:1, size: 64x64}\n",
        ),
    )
    file = only(against())
    assert [(problem.code, problem.where) for problem in file.new_findings] == [
        ("size-ignored", "pipelines[0].stages[0].size")
    ]
    assert file.mended == 0
    tree.commit()
    tree.edit(FILE, size, (", size: 64x64", ""))
    file = only(against())
    assert [(problem.code, problem.where) for problem in file.new_findings] == [
        ("size-ignored", "pipelines[0].stages[1].size")
    ]
    assert file.mended == 1


def test_of_two_like_findings_the_new_one_is_named(tree: WorkTree) -> None:
    """The stage put in front has the very words of the one that moves down."""
    tree.edit(FILE, ("name: draft,", "name: draft, size: 512x512,"))
    tree.commit()
    tree.edit(
        FILE,
        (
            "    stages:\n",
            "    stages:\n      - {name: hero, size: 512x512, model: stability.stable-image-core-v1:1}\n",
        ),
    )
    file = only(against())
    assert [(problem.code, problem.where) for problem in file.new_findings] == [
        ("size-ignored", "pipelines[0].stages[0].size")
    ]
    assert file.mended == 0


def test_a_finding_whose_amount_moved_is_not_new(tree: WorkTree) -> None:
    """Out-of-pocket is $8.00 and then $16.00, above $1.00 both times."""
    tree.write(FILE, SCENARIO + "expect: {out_of_pocket_usd: {max: 1}}\n")
    tree.commit()
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 200"))
    file = only(against())
    assert (file.new_findings, file.mended) == ((), 0)
    tree.edit(FILE, ("{max: 1}", "{max: 20}"))
    assert only(against()).mended == 1


def test_the_effects_of_many_edits_are_worked_out_for_twenty(tree: WorkTree) -> None:
    stages = "".join(f"      - {{name: s{n}, model: stability.stable-image-core-v1:1}}\n" for n in range(120))
    text = SCENARIO.replace("      - {name: draft, model: stability.stable-image-core-v1:1}\n", stages)
    tree.write(FILE, text)
    tree.commit()
    tree.write(FILE, text.replace("v1:1}", "v1:1, candidates: 2}"))
    file = only(against())
    assert effects(file)[:20] == [(f"pipelines[0].stages[{n}].candidates", "8.0") for n in range(20)]
    assert effects(file)[20:] == [(f"pipelines[0].stages[{n}].candidates", "None") for n in range(20, 100)]
    assert file.notes == ("20 more changed values are not listed",)


def test_an_edit_that_cannot_stand_alone_has_no_effect_of_its_own(tree: WorkTree) -> None:
    """Nova Canvas takes a quality and is sold in us-east-1; neither the model nor the region can change alone."""
    tree.edit(
        FILE,
        ("region: us-west-2", "region: us-east-1"),
        (
            "{name: draft, model: stability.stable-image-core-v1:1}",
            "{name: draft, model: amazon.nova-canvas-v1:0, quality: premium}",
        ),
    )
    assert dict(effects(only(against()))) == {
        "region": "None",
        "pipelines[0].stages[0].model": "None",
        "pipelines[0].stages[0].quality": "None",
    }


@pytest.mark.parametrize(
    ("threshold", "hidden"),
    [
        ("0.50", False),
        ("0.79", False),
        ("$0.80", False),
        ("0.81", True),
        ("25", True),
        ("10%", False),
        ("10.1%", True),
        ("0", False),
    ],
)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_change_below_the_threshold_is_left_out_and_counted(
    tree: WorkTree, threshold: str, hidden: bool, direction: str
) -> None:
    """List cost moves by $0.80, which is 10 %, up from $8.00 or down from it."""
    tree.edit(FILE, ("assets_per_month: 100", f"assets_per_month: {110 if direction == 'up' else 90}"))
    found = against(quiet=threshold)
    assert (len(found.files), found.quiet) == ((0, 1) if hidden else (1, 0))


def test_a_change_without_figures_is_quiet_at_zero(tree: WorkTree) -> None:
    tree.edit(FILE, ("name: Catalogue", "name: Catalogue # the shop"))
    assert len(against().files) == 1
    assert against(quiet="0").quiet == 1
    assert against(quiet="0%").quiet == 1


def test_figures_that_cancel_out_still_show(tree: WorkTree) -> None:
    """The edit adds $8.00, the prices take $8.00 off: the sum stands still, and both parts are told."""
    tree.write("prices/own.yaml", BOOK.replace("0.0375", "0.02"))
    tree.edit(FILE, ("assets_per_month: 100", "assets_per_month: 200"), ("2026-07-24", "../prices/own.yaml"))
    assert moved(only(against(quiet="5")), "list_cost") == {"list_cost": ("8.0", "8.0", "8.0", "-8.0")}


@pytest.mark.parametrize(
    "edit",
    [
        ("limit_usd: 900", "limit_usd: 901"),
        ("at_pct: 80", "at_pct: 81"),
        ("  - {images: 1}\n", "  - {images: 2}\n"),
    ],
    ids=["limit", "threshold", "ladder"],
)
def test_an_edit_of_a_budget_is_never_quiet(tree: WorkTree, edit: tuple[str, str]) -> None:
    tree.write(FILE, GUARD)
    tree.commit()
    tree.edit(FILE, edit)
    assert against(quiet="1000000").quiet == 0


def test_new_gone_invalid_files_and_new_findings_are_never_quiet(tree: WorkTree) -> None:
    for name in ("gone", "invalid", "finding"):
        tree.write(
            f"scenarios/{name}.yaml", SCENARIO.replace("Catalogue", name).replace("draft", f"{name} one")
        )
    tree.commit()
    (tree.folder / "scenarios/gone.yaml").unlink()
    tree.write("scenarios/new.yaml", GUARD)
    tree.edit("scenarios/invalid.yaml", ("months: 2", "months: no"))
    tree.edit("scenarios/finding.yaml", ("one,", "one, size: 512x512,"))
    found = against(quiet="1000000")
    assert [file.state for file in found.files] == ["changed", "removed", "invalid", "new"]
    assert (found.unchanged, found.quiet) == (1, 0)


def test_a_runway_that_moved_is_loud_in_dollars(tree: WorkTree) -> None:
    credits = "credits:\n  - {name: a, balance_usd: 4.00, starts: 2026-12-01, expires: never, bedrock_third_party: yes}\n"
    tree.write(FILE, SCENARIO + credits)
    tree.commit()
    tree.edit(FILE, ("balance_usd: 4.00", "balance_usd: 3.99"))
    assert moved(only(against(quiet="100")), "runway_months") == {
        "runway_months": ("1.0", "0.0", "-1.0", "0.0")
    }


@pytest.mark.parametrize(
    "text", ["", "five", "1e3", "-1", "-1%", "%", "$", "5 %%", "nan", "5€", "\x1b[31m", "9" * 50]
)
def test_a_threshold_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(BadThreshold) as caught:
        parse_quiet_below(text)
    message = str(caught.value)
    assert message.endswith("is no threshold; write dollars such as 25 or $0.50, or a percentage such as 2%")
    assert "\x1b" not in message


def test_nothing_is_written_to_the_repository(tree: WorkTree) -> None:
    tree.write("prices/own.yaml", BOOK)
    tree.write("scenarios/own.yaml", WITH_OWN)
    tree.commit()
    tree.edit("prices/own.yaml", ("0.0375", "0.05"))
    tree.edit(FILE, ("months: 2", "months: 3"))
    tree.git("add", FILE)
    before = tree.state()
    assert [file.path for file in against("main").files] == [FILE, "scenarios/own.yaml"]
    assert tree.state() == before
