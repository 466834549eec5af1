"""A shop that does not exist, to try the real one on. Seeded: the same options give the same bytes.

Start with `FeedOptions`, read `feed`, ask `Summary` afterwards. The pipe is in `feed.py`, the plot in `shop.py`.
"""

from streams.feed.feed import feed
from streams.feed.options import FeedOptions
from streams.feed.record import FeedRecord
from streams.feed.summary import Summary

__all__ = ["FeedOptions", "FeedRecord", "Summary", "feed"]
