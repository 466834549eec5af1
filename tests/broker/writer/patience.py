"""Impatience on purpose, once a writer is open: how long things take on a busy machine must not decide a test."""


def give_up_after(writer, seconds, *, request_timeout_ms=None):
    """From now on the writer's requests are repeated for so long only."""
    writer._coordinators._give_up_s = writer._leaders._give_up_s = seconds
    if request_timeout_ms is not None:
        writer._link.request_timeout_ms = request_timeout_ms
