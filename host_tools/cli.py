"""The `protometer` command: the desk side of the firmware."""

import click


@click.group()
def main() -> None:
    """Build, flash, simulate and inspect Protometer devices."""


if __name__ == "__main__":
    main()
