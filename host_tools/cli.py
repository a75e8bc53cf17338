"""The `protometer` command: the desk side of the firmware."""

from pathlib import Path

import click
from rich.console import Console

from host_tools.boards.commands import COMMANDS
from host_tools.desk.devices import micropython
from host_tools.desk.radio_commands import RADIO_COMMANDS
from host_tools.gbcs.commands import MESSAGE_COMMANDS
from host_tools.powercut import HOURS, MEDIA
from host_tools.scenarios import RUNTIMES, missing
from host_tools.utrn import UNITS, make_utrn


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="protometer")
def main() -> None:
    """Build, flash, simulate and inspect Protometer devices."""


@main.command()
@click.option("--days", default=1, show_default=True, help="Days to simulate.")
@click.option("--seed", default=1, show_default=True, help="Seed of the radio's luck.")
@click.option("--loss", default=0.02, show_default=True, help="Share of frames lost.")
@click.option("--delay-ms", default=3, show_default=True, help="Most extra ms to a receiver.")
@click.option("--duplicate", default=0.005, show_default=True, help="Share heard twice.")
@click.option("--speed", type=float, help="Follow the wall clock, 1 = real time.")
@click.option("--runtime", type=click.Choice(RUNTIMES), help="What the devices run on.")
@click.option("--story", type=click.Path(path_type=Path), help="Another story file.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("build/demo"),
    show_default=True,
    help="Where capture, pictures and summary go.",
)
def demo(
    days: int,
    seed: int,
    loss: float,
    delay_ms: int,
    duplicate: float,
    speed: float | None,
    runtime: str | None,
    story: Path | None,
    folder: Path,
) -> None:
    """Play a real household's winter day through meter, display and hub.

    Exits with 1 if the meter differs from an independent calculation.

    \b
    Example: protometer demo --days 7
    """
    from host_tools.desk.demo import Demo, Options
    from host_tools.desk.report import plot, summary, write_summary
    from host_tools.desk.show import Show, print_summary
    from host_tools.desk.story import STORIES, StoryError, load_story
    from host_tools.desk.wire import NodeError

    console = Console()
    try:
        told = load_story(story or STORIES / "winter.json")
    except StoryError as fault:
        raise click.ClickException(str(fault)) from fault
    if not 1 <= days <= told.most_days:
        raise click.BadParameter(f"this story lasts 1 to {told.most_days} days")
    if runtime is None:
        runtime = "unix" if micropython() else "cpython"
        if runtime == "cpython":
            console.print("No MicroPython for this machine: the devices run on CPython.")
    _need(runtime)
    options = Options(
        days=days,
        seed=seed,
        loss=loss,
        delay_ms=delay_ms,
        duplicate=duplicate,
        speed=speed,
        runtime=runtime,
        folder=folder,
    )
    console.print(told.title)
    try:
        with Show(told, console) as show:
            outcome = Demo(told, options, show.picture, show.line).run()
    except NodeError as fault:
        raise click.ClickException(fault.summary) from fault
    except OSError as fault:
        raise click.ClickException(str(fault)) from fault
    figures = summary(told, options, outcome)
    write_summary(folder, figures)
    plot(told, options, outcome, folder / "plot.png")
    print_summary(console, figures)
    console.print(f"Capture, keys, pictures, plot and summary.json are in {folder}/.")
    if outcome.differences:
        raise SystemExit(1)


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--runtime", type=click.Choice(RUNTIMES), default="cpython", show_default=True)
def scenario(file: Path, runtime: str) -> None:
    """Run a scenario FILE (docs/scenarios.md) and print its transcript.

    \b
    Example: protometer scenario tests/scenarios/prepayment_day.txt --runtime unix
    """
    from host_tools.scenarios import ScenarioFailure, transcript

    try:
        click.echo(transcript(file, runtime), nl=False)
    except ScenarioFailure as fault:
        raise click.ClickException(str(fault)) from fault


@main.command()
@click.option("--secret", required=True, help="Secret of Supplier and meter, 64 hex digits.")
@click.option("--supplier", required=True, help="The Supplier's entity identifier, 16 hex digits.")
@click.option("--device", required=True, help="The meter's entity identifier, 16 hex digits.")
@click.option("--counter", required=True, type=int, help="UTRN counter, never used before.")
@click.option("--value", required=True, type=int, help="What the code is worth, up to 8191.")
@click.option("--unit", type=click.Choice(tuple(UNITS)), default="pounds", show_default=True)
def utrn(secret: str, supplier: str, device: str, counter: int, value: int, unit: str) -> None:
    """Make the 20 digits of a top-up, as a Supplier would for a meter that knows its key.

    \b
    Example: protometer utrn --secret $SECRET --supplier 90b3d51f30010000 \\
        --device 00db1234567890a0 --counter 7 --value 10
    """
    try:
        octets = [bytes.fromhex(text) for text in (secret, supplier, device)]
        click.echo(make_utrn(*octets, counter, value, unit))
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault


@main.command()
@click.option("--suite", type=click.Choice(("1", "2")), default="2", show_default=True)
@click.option("--eui64", required=True, help="The device's EUI-64 as printed, 16 hex digits.")
@click.option("--ca-key", help="The test authority's private key in hex; left out, a new one.")
@click.option("--valid-from", type=int, default=0, help="Suite 2: seconds since 1970.")
@click.option(
    "--valid-for", type=int, default=0xFFFFFFFF, help="Suite 2: seconds; else unlimited."
)
def certificate(
    suite: str, eui64: str, ca_key: str | None, valid_from: int, valid_for: int
) -> None:
    """Make a TEST certificate for key establishment, with its private key: for the desk only.

    The devices of a network need certificates of one authority: give --ca-key from the second on.

    \b
    Example: protometer certificate --eui64 00db1234567890a0
    """
    import secrets

    from host_tools.certificates import TestAuthority

    try:
        if ca_key is None:
            authority = TestAuthority.made(int(suite), secrets.token_bytes)
        else:
            authority = TestAuthority(int(suite), bytes.fromhex(ca_key))
        device = bytes.fromhex(eui64)
        issued = authority.issue(device, secrets.token_bytes, valid_from, valid_for)
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo("TEST ONLY: no device but those of the same desk trusts this certificate.")
    for name, octets in (
        ("test authority's private key", authority.private_key),
        ("test authority's public key", authority.public_key),
        ("certificate", issued.certificate),
        ("device's private key", issued.private_key),
    ):
        click.echo(f"{name + ':':30}{octets.hex()}")


@main.command()
@click.option("--medium", type=click.Choice(MEDIA), help="One medium instead of all.")
@click.option("--hours", default=HOURS, show_default=True, help="Hours of the script to play.")
@click.option("--point", type=int, help="Replay one cut point by its number; needs --medium.")
def powercut(medium: str | None, hours: int, point: int | None) -> None:
    """Cut the power of a meter after every octet it writes, on every medium; and turn every bit.

    Plays two days of a real household on prepayment. At each cut point a meter is started on
    what the memory then holds, checked, given the Command in flight again, taken through three
    more commits, and checked again. Exits with 1 if anything is lost, doubled or mixed.

    \b
    Example: protometer powercut --medium fram --hours 2
    """
    from host_tools.powercut import TWICE_MINUTES, cut_jobs, flip_jobs, run

    media = (medium,) if medium else MEDIA
    if point is not None:
        if medium is None:
            raise click.UsageError("--point needs --medium: each has its own numbers")
        outcomes = run(cut_jobs(media, 60 * hours, 1, point), click.echo)
    else:
        # The longest first.
        jobs = [*cut_jobs(reversed(media), 60 * hours, 1)]
        jobs += cut_jobs(media, TWICE_MINUTES, 2)
        jobs += () if medium else flip_jobs()
        outcomes = run(jobs, click.echo)
    for outcome in outcomes:
        click.echo(f"{outcome.search}, {outcome.medium}:")
        for name, value in sorted(outcome.figures.items()):
            click.echo(f"    {name:15} {value:>12,}")
        for place, fault in outcome.failures[:10]:
            click.echo(f"    FAILED at {place}: {fault}")
        click.echo(f"    {len(outcome.failures)} failed")
    if any(outcome.failures for outcome in outcomes):
        raise SystemExit(1)


@main.command()
def size() -> None:
    """Print the size budget: compiled octets by package, live heap by role.

    Against the budgets of the design and those that are held (host_tools/budgets.toml); exits with
    1 if one of the latter is exceeded. Needs node.js.
    """
    from host_tools.size import excesses, measure_all, table

    _need("wasm")
    sizes = measure_all()
    Console().print(table(sizes))
    for line in (line for measured in sizes for line in excesses(measured, "design")):
        click.echo(line)
    over = [line for measured in sizes for line in excesses(measured)]
    for line in over:
        click.echo(line, err=True)
    if over:
        raise SystemExit(1)


@main.command()
@click.argument("source", type=click.Path(path_type=Path))
def frozen(source: Path) -> None:
    """Freeze the firmware into MicroPython and print what roles have on the heap then.

    SOURCE is MicroPython's source tree, with its submodules; its unix port is built for 32 bits,
    for which Debian's gcc-multilib is needed.

    \b
    Example: protometer frozen ~/micropython
    """
    from host_tools.boards.frozen import FrozenError, measure_all, table
    from host_tools.size import budgets

    try:
        sizes = measure_all(source.resolve())
    except FrozenError as fault:
        raise click.ClickException(str(fault)) from fault
    budget = budgets("design")["ESME"]["live_heap_bytes"]
    Console().print(table(sizes, budget))
    over = [size.role for size in sizes if size.live_bytes > budget]
    if over:
        raise click.ClickException(f"over the budget: {', '.join(over)}")


@main.command()
def perf() -> None:
    """Print what pieces of work take on an RP2040, by counted primitives; and a log's reading."""
    import time

    from host_tools import year
    from host_tools.perf import estimates, table

    console = Console()
    console.print(table(estimates()))
    began = time.process_time()
    meter = year.play()
    took_s = time.process_time() - began
    console.print(f"A year of half-hours through the meter's core: {took_s:.2f} s on CPython")
    log = meter.logbook.named("Profile Data Log Active Import")
    log.octets_read = 0
    day = list(log.between(year.TO_S - 47 * year.HALF_HOUR_S, year.TO_S))
    console.print(f"Its last {len(day)} half-hours of {len(log)}: {log.octets_read} octets read")


@main.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("build/demo"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("docs/network.png"))
def picture(folder: Path, out: Path) -> None:
    """Draw the network and the display's pages from a demonstration's pictures."""
    from host_tools.desk.network_picture import PictureError, draw

    try:
        draw(folder, out)
    except PictureError as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(f"{out} drawn")


def _need(runtime: str) -> None:
    """End the command in one line where a runtime can't be used here."""
    reason = missing(runtime)
    if reason:
        raise click.ClickException(reason)


for command in (*COMMANDS, *RADIO_COMMANDS, *MESSAGE_COMMANDS):
    main.add_command(command)

if __name__ == "__main__":
    main()
