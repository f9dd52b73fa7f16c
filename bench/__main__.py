"""`python -m bench [images] [chain]`: measure, print, and write bench/results.json; both by default."""

import sys

from bench import chain, figure, images

BENCHES = {"images": images.measure, "chain": chain.measure}


def main() -> int:
    """Run the named benches; exit with 1 when a bound does not hold."""
    figures = [one for name in sys.argv[1:] or BENCHES for one in BENCHES[name]()]
    figure.write(figures)
    for one in figures:
        print(one)
    return 0 if all(one.holds for one in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
