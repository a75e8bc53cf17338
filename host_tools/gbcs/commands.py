"""The commands about messages of remote parties, for the command line: MESSAGE_COMMANDS."""

import json
from pathlib import Path

import click

from host_tools.node.message_bench import KINDS

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the results here.")
@click.option(
    "--runtime",
    type=click.Choice(("cpython", "unix")),
    default="cpython",
    show_default=True,
    help="What the devices run on.",
)
@click.option("--only", default="", help="Only scenarios whose folder contains this.")
def rtds(folder: Path, out: Path | None, runtime: str, only: str) -> None:
    """Replay reference messages: each command to a fresh device, its answer compared.

    FOLDER holds keystore/, pairs.json and RTDS-4.5.0/. Exits with 1 unless all are equal.

    \b
    Example: protometer rtds ../rtds --json build/rtds.json
    """
    from host_tools.gbcs.keystore import KeystoreError
    from host_tools.gbcs.replay import Replay, report

    try:
        replay = Replay(folder, runtime)
    except (KeystoreError, OSError, ValueError) as fault:
        raise click.ClickException(str(fault)) from fault
    results = []
    for pair in replay.pairs:
        if only in pair["dir"]:
            results.append(replay.run(pair))
            click.echo(results[-1].line)
    replay.close()
    whole = report(replay, results)
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(whole, indent=1) + "\n")
    for name in ("parsed", "authenticated", "executed"):
        click.echo(f"{name}: {sum(getattr(result, name) for result in results)}")
    if replay.peak_heap:
        click.echo(f"most heap in use after a collection: {replay.peak_heap:,} octets")
    click.echo(f"{whole['equal']} of {whole['pairs_total']} pairs equal")
    if whole["equal"] < whole["pairs_total"]:
        raise SystemExit(1)


@click.command()
@click.option("--device", "kind", required=True, type=click.Choice(tuple(KINDS)))
@click.option("--keystore", "folder", required=True, type=_FOLDER, help="Certificates and keys.")
@click.option("--preset", type=_FILE, help="Begin in the state that this response implies.")
@click.argument("files", nargs=-1, required=True, type=_FILE)
def inject(kind: str, folder: Path, preset: Path | None, files: tuple[Path, ...]) -> None:
    """Feed messages to one device, in order; a line of JSON tells what became of each.

    \b
    Example: protometer inject --device ESME --keystore ../rtds/keystore A_COMMAND.HEX
    """
    from host_tools.gbcs.injection import InjectionError
    from host_tools.gbcs.injection import inject as feed
    from host_tools.gbcs.keystore import Keystore, KeystoreError

    try:
        for line in feed(kind, Keystore(folder), list(files), preset):
            click.echo(json.dumps(line))
    except (InjectionError, KeystoreError) as fault:
        raise click.ClickException(str(fault)) from fault


MESSAGE_COMMANDS = (rtds, inject)
