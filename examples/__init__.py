"""Services of one's own, over the shop's events, each tested. Start with `loyalty`."""
