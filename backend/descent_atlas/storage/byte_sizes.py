"""Numbers of bytes as people read them."""


def format_bytes(count: int) -> str:
    """Return a number of bytes in the largest unit of which it has at least one, as in 1.3 GB."""
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            value = count / size
            return f"{value:.3g} {unit}" if value < 999.5 else f"{value:.0f} {unit}"
    return f"{count} bytes"
