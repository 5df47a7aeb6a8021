"""How a limit is divided among shards: arithmetic alone.

While no shard has taken more than its share and the shares add up to the limit, the budget cannot come to more than
its limit, whatever the shards grant at once and whoever sees what of it.
"""

from collections.abc import Sequence
from zlib import crc32

from pricing.money import Micros


def even_shares(limit: int, shards: int) -> list[Micros]:
    """They add up to the limit; the first ones have the micro that is left over."""
    share, left = divmod(limit, shards)
    return [Micros(share + (number < left)) for number in range(shards)]


def fair_shares(limit: int, taken: Sequence[int]) -> list[Micros]:
    """As even as can be with no share below what its shard has taken; they add up to the limit.

    Zeros when more is taken than the limit: then no shard may grant anything, not even what is given back in it,
    until the shares are worked out anew.
    """
    if sum(taken) > limit:
        return [Micros(0)] * len(taken)
    above: dict[int, int] = {}
    while True:
        others = [number for number in range(len(taken)) if number not in above]
        shares = dict(zip(others, even_shares(limit - sum(above.values()), len(others)), strict=True))
        more = {number: taken[number] for number, share in shares.items() if taken[number] > share}
        if not more:
            return [Micros(above.get(number, shares.get(number, 0))) for number in range(len(taken))]
        above |= more


def gathered(shares: Sequence[int], taken: Sequence[int], number: int, amount: int) -> list[Micros] | None:
    """One shard's share made to hold the amount as well, from the shards with the most left: all they have left.

    None when all of them together have too little. The shares add up to what they did.
    """
    new = [Micros(share) for share in shares]
    left = [max(0, share - use) for share, use in zip(shares, taken, strict=True)]
    for donor in sorted(range(len(new)), key=left.__getitem__, reverse=True):
        if new[number] - taken[number] >= amount:
            break
        if donor != number:
            new[number] = Micros(new[number] + left[donor])
            new[donor] = Micros(new[donor] - left[donor])
    return new if new[number] - taken[number] >= amount else None


def part_of(ceiling: int, share: int, limit: int) -> int:
    """What of a ceiling is a shard's: the parts never add up to more than the ceiling."""
    return ceiling * share // limit if limit else min(ceiling, 0)


def taken_under(ceiling: int, taken: int, limit: int) -> int:
    """The share whose part of the ceiling is just what is taken."""
    return -(-taken * limit // ceiling) if 0 < ceiling < limit else taken


def home_of(key: str, shards: int) -> int:
    """The shard, from 0, that a key is asked of first; the same in every process and for ever."""
    return crc32(key.encode()) % shards
