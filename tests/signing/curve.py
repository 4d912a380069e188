"""Just enough arithmetic on Ed25519 to find its points of small order (RFC 8032, section 5.1)."""

from __future__ import annotations

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, PRIME) % PRIME

Point = tuple[int, int]


def add(left: Point, right: Point) -> Point:
    """The sum of two points."""
    (x1, y1), (x2, y2) = left, right
    product = D * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, PRIME)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, PRIME)
    return x % PRIME, y % PRIME


def multiply(point: Point, factor: int) -> Point:
    """``point`` added ``factor`` times."""
    total = (0, 1)
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def point_at(y: int) -> Point | None:
    """A point with this y, if there is one."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    for candidate in (x, x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME):
        if candidate * candidate % PRIME == square:
            return candidate, y
    return None


def small_order_points() -> set[Point]:
    """The eight points whose order divides 8."""
    for y in range(2, 100):
        point = point_at(y)
        if point is None:
            continue
        torsion = multiply(point, ORDER)
        if multiply(torsion, 4) != (0, 1):  # of order 8: it makes all the others
            return {multiply(torsion, factor) for factor in range(8)}
    raise AssertionError("no point of order 8 found")


def encodings(point: Point) -> set[bytes]:
    """Every way to spell ``point`` in 32 bytes that a lax decoder takes: y or y + p, with either sign bit."""
    heights = [height for height in (point[1], point[1] + PRIME) if height < 2**255]
    return {(height | sign << 255).to_bytes(32, "little") for height in heights for sign in (0, 1)}
