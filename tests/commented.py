"""Scenarios as people write them, made at random: any order of keys, any layout, comments everywhere.

Each comment says where it belongs: `# above credits[0].name 7`, `# beside name 8`, `# tail pipelines 9`.
"""

from collections.abc import Iterator
from random import Random

Tree = str | list["Tree"] | dict[str, "Tree"]

TEXTS = (
    ("catalogue", ("catalogue", "'catalogue'", '"catalogue"')),
    ("cut out", ("cut out", '"cut out"', "'cut out'")),
    ("no", ('"no"', "'no'")),
    ("12:30", ('"12:30"', "'12:30'")),
    ("a: b", ('"a: b"', "'a: b'")),
    ("a #b", ('"a #b"', "'a #b'")),
    ("a#b", ("a#b", "'a#b'")),
    ("- x", ('"- x"', "'- x'")),
    ("null", ('"null"', "'null'")),
    ("it's", ("it's", '"it\'s"', "'it''s'")),
    ('say "hi"', ("'say \"hi\"'", '"say \\"hi\\""', 'say "hi"')),
    ("back\\slash", ("back\\slash", "'back\\slash'", '"back\\\\slash"')),
    ("ends with:", ('"ends with:"', "'ends with:'")),
    ("[x]", ('"[x]"', "'[x]'")),
    ("x, y", ('"x, y"', "'x, y'")),
    ("日本語の在庫", ("日本語の在庫", '"日本語の在庫"')),
    ("émile 🎨", ("émile 🎨", "'émile 🎨'")),
    ("?", ('"?"', "'?'")),
    ("~", ('"~"', "'~'")),
    ("%x", ('"%x"', "'%x'")),
    ("{x}", ('"{x}"', "'{x}'")),
    ("---", ('"---"', "'---'")),
    ("2026-07", ('"2026-07"',)),
)
AMOUNTS = ("0", "0.14", "25", "1200", "1_200", "12_00", "100000", "100_000.50", "'3000'", "+7")
"""Ways of writing amounts, tidy or not."""


_QUOTE = "'"


class Writer:
    """Writes a tree with random layout; every choice comes from one source of randomness."""

    def __init__(self, random: Random, *, comments: bool = True) -> None:
        self.random = random
        self.comments = comments
        self.count = 0

    def document(self, tree: dict[str, Tree]) -> str:
        header = self.comments and self.random.random() < 0.5
        lines = ["# yaml-language-server: $schema=x.json", ""] if header else []
        lines += self._mapping(tree, "", 0, first_bare=True)
        lines += self._tail("", 0)
        return "\n".join(lines) + self.random.choice(("", "\n", "\n\n"))

    def _mapping(
        self, tree: dict[str, Tree], path: str, indent: int, *, first_bare: bool = False
    ) -> list[str]:
        lines: list[str] = []
        keys = list(tree)
        if not path.endswith(("seasonality", "tags")):  # whose keys are data, in an order of their own
            self.random.shuffle(keys)
        for number, key in enumerate(keys):
            bare = key.strip(_QUOTE)
            where = f"{path}.{bare}" if path else bare
            if number or not first_bare:
                lines += self._above(where, indent)
            lines += self._entry(f"{' ' * indent}{key}:", tree[key], where, indent)
        return lines

    def _entry(self, head: str, value: Tree, where: str, indent: int) -> list[str]:
        if isinstance(value, str):
            return [f"{head} {value}{self._beside(where)}"]
        style = self.random.choice(("block", "block", "flow", "spread"))
        if style == "flow":
            return [f"{head} {flow(value)}{self._beside(where)}"]
        if style == "spread":
            return list(self._spread(head, value, where))
        opening = f"{head}{self._beside(where)}"
        if isinstance(value, dict):
            deeper = indent + self.random.choice((1, 2, 4))
            return [opening, *self._mapping(value, where, deeper), *self._tail(where, deeper)]
        deeper = indent + self.random.choice((0, 2, 3))
        lines = [opening, *self._list(value, where, deeper)]
        return lines + (self._tail(where, deeper) if deeper > indent else [])

    def _list(self, items: list[Tree], path: str, indent: int) -> list[str]:
        lines: list[str] = []
        for number, item in enumerate(items):
            where = f"{path}[{number}]"
            if not isinstance(item, dict) or self.random.random() < 0.4:
                lines += [*self._above(where, indent), f"{' ' * indent}- {flow(item)}{self._beside(where)}"]
                continue
            gap = self.random.choice((1, 1, 3))
            body = self._mapping(item, where, indent + 1 + gap, first_bare=True)
            first = body[0].strip().partition(":")[0]
            above = self._above(where, indent, line_of=f"{where}.{first}")
            lines += [*above, f"{' ' * indent}-{' ' * gap}{body[0].lstrip()}", *body[1:]]
            lines += self._tail(where, indent + 1 + gap)
        return lines

    def _spread(self, head: str, value: list[Tree] | dict[str, Tree], where: str) -> Iterator[str]:
        """Brackets over several lines, a comment beside each member."""
        opens, closes = "[]" if isinstance(value, list) else "{}"
        yield f"{head} {opens}"
        members = (
            [(f"{where}[{number}]", "", item) for number, item in enumerate(value)]
            if isinstance(value, list)
            else [(f"{where}.{key.strip(_QUOTE)}", f"{key}: ", item) for key, item in value.items()]
        )
        for below, key, item in members:
            yield f"      {key}{flow(item)},{self._beside(below)}"
        yield f"      {closes}"

    def _above(self, where: str, indent: int, *, line_of: str = "") -> list[str]:
        lines = [""] if self.random.random() < 0.2 else []
        while self.comments and self.random.random() < 0.3:
            lines.append(f"{' ' * indent}# above {where} {self._number()}")
            lines += [""] * self.random.choice((0, 0, 0, 2))
        if self.comments and self.random.random() < 0.15:
            lines.append(f"{' ' * indent}# bursar: ignore above {line_of or where} {self._number()}")
        return lines

    def _beside(self, where: str) -> str:
        if not self.comments or self.random.random() < 0.7:
            return ""
        return f"{' ' * self.random.choice((1, 2, 5))}# beside {where} {self._number()}"

    def _tail(self, where: str, indent: int) -> list[str]:
        if not self.comments or self.random.random() < 0.85:
            return []
        return [f"{' ' * indent}# tail {where} {self._number()}"]

    def _number(self) -> int:
        self.count += 1
        return self.count


def flow(value: Tree) -> str:
    """On one line."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return f"[{', '.join(map(flow, value))}]"
    return f"{{{', '.join(f'{key}: {flow(item)}' for key, item in value.items())}}}"


def scenario_tree(random: Random) -> dict[str, Tree]:
    """A valid scenario with most keys there are."""
    names = iter(random.sample(TEXTS, len(TEXTS)))

    def name() -> str:
        return random.choice(next(names)[1])

    def amount() -> str:
        return random.choice(AMOUNTS)

    def stage() -> dict[str, Tree]:
        whole: dict[str, Tree] = {
            "name": name(),
            "task": random.choice(("TEXT_IMAGE", "'OUTPAINTING'")),
            "model": random.choice(("amazon.nova-canvas-v1:0", '"stability.stable-image-core-v1:1"')),
            "size": random.choice(("1024x1024", "1024 x 768", "'512X512'")),
            "candidates": "4",
            "outputs": "1",
        }
        return _some(random, whole, ("name", "model"))

    pipelines: list[Tree] = [
        _some(
            random,
            {
                "name": name(),
                "assets_per_month": amount(),
                "growth_pct_per_month": "-2.5",
                "seasonality": {"11": "1.6", "'12'": "1.8"},
                "stages": [stage() for _ in range(random.randint(1, 3))],
                "rework_pct": "10",
                "supporting": {"deliveries": "5000", "storage_mb": "4"},
            },
            ("name", "assets_per_month", "stages"),
        )
        for _ in range(random.randint(1, 2))
    ]
    pool: dict[str, Tree] = {
        "name": name(),
        "balance_usd": amount(),
        "starts": "2026-11-20",
        "expires": random.choice(("2027-11-30", "never", "'2027-11-30'")),
        "products": ['"*"', name()],
        "bedrock_third_party": random.choice(("yes", "true", "'unknown'")),
    }
    budget: dict[str, Tree] = {
        "name": name(),
        "limit_usd": amount(),
        "applies_to": {"tags": {"pipeline": name()}, "models": ["amazon.*", "'stability.*'"]},
        "thresholds": [{"do": "notify", "at_pct": "50"}, {"at_pct": "80", "do": "downgrade"}],
    }
    whole: dict[str, Tree] = {
        "name": name(),
        "start": random.choice(("2026-12", "'2026-12'")),
        "months": "18",
        "region": "us-west-2",
        "price_book": random.choice(("2026-07-24", '"2026-07-24"')),
        "price_overrides": [{"model": "amazon.*", "discount_pct": "5"}],
        "pipelines": pipelines,
        "background_spend": [{"usd_per_month": amount(), "product": name()}],
        "credits": [pool],
        "budgets": [budget],
        "ladder": [{"to": "b", "from": "a"}, {"quality": "standard"}, {"images": "1"}, {"size": "smaller"}],
        "policy": {"assumed_billed": ["timeout", "filtered_output"], "unpriced": "block"},
        "expect": {"runway_months": {"max": "100", "min": "12"}, "out_of_pocket_usd": {"max": amount()}},
    }
    return _some(random, whole, ("name", "start", "months", "region", "pipelines"))


def _some(random: Random, whole: dict[str, Tree], needed: tuple[str, ...]) -> dict[str, Tree]:
    return {key: value for key, value in whole.items() if key in needed or random.random() < 0.7}
