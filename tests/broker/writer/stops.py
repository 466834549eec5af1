"""Kill points that raise, in place of a kill."""


class Stop(Exception):  # noqa: N818
    """Raised at a kill point, in place of a kill."""


def stop_at(point):
    def fault(name):
        if name == point:
            raise Stop(name)

    return fault
