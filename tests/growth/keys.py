"""The keys of a bucket of any size: a thousand of them under each directory, ten of these under each above it, and names
long enough that some do not fit into one key of the store."""

IN_FOLDER = 100
LONG = "a-name-that-goes-on-" * 15  # with it, a key has its row behind a branch
LONG_EVERY = 50


def folder(number):
    return f"data/{number // 1000:04}/{number // IN_FOLDER % 10}/"


def key(number):
    """Their order is that of the numbers."""
    return f"{folder(number)}{number:07}" + (f"-{LONG}" if number % LONG_EVERY == 0 else "")
