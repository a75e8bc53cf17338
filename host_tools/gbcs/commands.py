"""The commands about messages of remote parties, for the command line: MESSAGE_COMMANDS."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from host_tools.node.message_bench import KINDS

_FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
_LONGEST_PATH = 200
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the results here.")
@click.option(
    "--runtime",
    type=click.Choice(("cpython", "unix", "wasm32")),
    default="cpython",
    show_default=True,
    help="What the devices run on.",
)
@click.option("--only", default="", help="Only scenarios whose folder contains this.")
def rtds(folder: Path, out: Path | None, runtime: str, only: str) -> None:
    """Replay reference messages: each command to a fresh device, its answer compared.

    What alerts tell of is caused in a device each, and the alert compared. FOLDER holds keystore/,
    pairs.json and RTDS-4.5.0/. Exits with 1 unless all are equal.

    \b
    Example: protometer rtds ../rtds --json build/rtds.json
    """
    from host_tools.gbcs.alert_replay import AlertReplay
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
    alert_replay = AlertReplay(replay)
    alerts = []
    for path in alert_replay.paths:
        if only in path.parent.name:
            alerts.append(alert_replay.run(path))
            click.echo(alerts[-1].line)
    alerts_equal = sum(alert.equal for alert in alerts)
    whole = report(replay, results)
    whole["alerts"] = [asdict(alert) for alert in alerts]
    if out:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(json.dumps(whole, indent=1) + "\n")
    for name in ("parsed", "authenticated", "executed"):
        click.echo(f"{name}: {sum(getattr(result, name) for result in results)}")
    if replay.most_heap():
        click.echo(replay.most_heap())
    click.echo(f"{alerts_equal} of {len(alerts)} alerts equal")
    click.echo(f"{whole['equal']} of {whole['pairs_total']} pairs equal")
    if whole["equal"] < whole["pairs_total"] or alerts_equal < len(alerts):
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


@click.command()
@click.argument("message")
@click.option("--keystore", "folder", type=_FOLDER, help="Check it, and open what is encrypted.")
def decode(message: str, folder: Path | None) -> None:
    """Tell what a message says: MESSAGE is hexadecimal digits, or a file of them.

    \b
    Example: protometer decode dd000000...
    """
    from host_tools.gbcs import readable
    from protometer.gbcs.envelope import EnvelopeError, parse

    path = Path(message) if len(message) < _LONGEST_PATH else None
    text = path.read_text() if path and path.is_file() else message
    try:
        octets = bytes.fromhex("".join(text.split()))
        one = parse(octets)
    except (EnvelopeError, ValueError) as fault:
        raise click.ClickException(str(fault)) from fault
    told = readable.message(one)
    if folder:
        told["checked"] = _checked(octets, folder)
    click.echo(json.dumps(told, indent=1))


def _checked(octets: bytes, folder: Path) -> str:
    """Return what a key store says of a response's or alert's authenticity."""
    from host_tools.gbcs.head_end import HeadEnd, HeadEndError
    from host_tools.gbcs.keystore import Keystore

    try:
        answer = HeadEnd(Keystore(folder)).open(octets)
    except HeadEndError as fault:
        return str(fault)
    return "signed by the device" if answer.signed else "authenticated by the device"


@click.command()
@click.argument("command", type=_FILE)
@click.option(
    "--keystore",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("build/keystore"),
    show_default=True,
    help="Certificates and keys; made on first use.",
)
@click.option("--counter", type=click.IntRange(0, 2**64 - 1), help="Else the time in seconds.")
@click.option(
    "--send", is_flag=True, help="Send it through the desk's hub to its meter, or PPMID."
)
@click.option("--port", help="Send it to the meter on the board at this serial port.")
@click.option("--provide", is_flag=True, help="Give that meter its keys first, as at manufacture.")
def headend(
    command: Path, folder: Path, counter: int | None, send: bool, port: str | None, provide: bool
) -> None:
    """Build, sign and authenticate a command that a JSON file describes.

    COMMAND holds use_case, from, to and payload; payload as `protometer decode` prints it.
    Without --send or --port the message is printed in hexadecimal digits. With --send a hub and
    the meter form a network here, and the message goes through their tunnel; with --port a flashed
    board takes it by its REPL and meters on. What comes back is verified and printed.

    \b
    Example: protometer headend adjust_balance.json --send
    \b
    Example: protometer headend adjust_balance.json --port /dev/ttyACM0 --provide
    """
    if send and port:
        raise click.UsageError("--send and --port: the one or the other")
    if provide and not port:
        raise click.UsageError("--provide goes with --port")
    from host_tools.boards.remote import RemoteError
    from host_tools.gbcs import pki
    from host_tools.gbcs.board_sending import send_to_board
    from host_tools.gbcs.desk_sending import DeskFault, send_through_desk
    from host_tools.gbcs.head_end import HeadEnd, HeadEndError, build
    from host_tools.gbcs.keystore import Keystore, KeystoreError
    from host_tools.gbcs.readable import ReadableError

    try:
        pki.make(folder)
        head_end = HeadEnd(Keystore(folder))
        message = build(head_end, json.loads(command.read_text()), counter)
        if port:
            answers = send_to_board(head_end, message, port, provide)
        elif send:
            answers = send_through_desk(head_end, message)
        else:
            click.echo(message.hex())
            return
        for told in answers:
            click.echo(json.dumps(told, indent=1))
    except (
        DeskFault,
        HeadEndError,
        KeystoreError,
        RemoteError,
        ReadableError,
        ValueError,
    ) as fault:
        raise click.ClickException(str(fault)) from fault


MESSAGE_COMMANDS = (rtds, inject, decode, headend)
