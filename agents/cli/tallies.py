"""What each rule has matched so far, and what labels said of it: asked of a worker of the fraud service."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from agents.cli import shop
from agents.cli.readiness import authorization
from tables.fraud import tallies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.settings import Web

SERVICE = "fraud"
ANSWER_SECONDS = 5.0
ROWS = 1_000  # of a page


class Tally(NamedTuple):
    """Over all partitions: attempts that a version of a rule matched; of them labelled frauds and genuine ones."""

    matched: int = 0
    frauds: int = 0
    genuine: int = 0

    @property
    def precision(self) -> float | None:
        labelled = self.frauds + self.genuine
        return self.frauds / labelled if labelled else None


Counted = Mapping[str, Tally]


def ask(web: Web, url: str | None) -> Counted | None:
    """By `rule_id@version`; None: no worker answers. `url`: of a worker; None: any on this machine."""
    places = [url] if url else [f"http://{web.host}:{port}" for port in shop.ports(SERVICE)]
    for base in places:
        try:
            return added(_pages(base, web))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError):
            continue
    return None


def added(rows: Iterator[Mapping[str, Any]]) -> dict[str, Tally]:
    """One tally for each key: a key has a row in every partition that matched."""
    found: defaultdict[str, Tally] = defaultdict(Tally)
    for row in rows:
        told = row["row"]
        more = (told["matched"], told["frauds"], told["genuine"])
        found[row["key"]] = Tally(*map(sum, zip(found[row["key"]], more, strict=True)))
    return dict(found)


def _pages(base: str, web: Web) -> Iterator[Mapping[str, Any]]:
    after: str | None = None
    while True:
        parameters = {"limit": str(ROWS), **({} if after is None else {"after": after})}
        where = f"{base.rstrip('/')}/tables/{tallies.name}"
        answer = httpx.get(where, params=parameters, headers=authorization(web), timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        page = answer.json()
        yield from page["rows"]
        after = page["next"]
        if after is None:
            return
