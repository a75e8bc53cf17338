"""Names that the firmware shares with others: the interpreter, the chips, its tables, people.

They must stay what they are where a board's modules get short names (names.py). What can't be
told from the source, as on a board names are looked up when a line runs, is listed here.
"""

import array
import ast
import builtins
import collections
import importlib
import io
import re
import socket
import struct
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from .source import Source

# What the objects of CPython's own types answer to; MicroPython has no more of them.
_TYPES = (
    *(value for value in vars(builtins).values() if isinstance(value, type)),
    array.array,
    collections.OrderedDict,
    collections.deque,
    io.BytesIO,
    io.FileIO,
    io.StringIO,
    io.TextIOWrapper,
    socket.socket,
    struct.Struct,
    type(value for value in ()),
    type(lambda: None),
)
# What modules of MicroPython have, by its documentation, beside what CPython's of that name have;
# and the arguments of functions that are written in C.
_MICROPYTHON = """
alloc_emergency_exception_buf const heap_lock heap_unlock kbd_intr mem_info native opt_level
print_exception qstr_info stack_use viper asm_thumb schedule mem_alloc mem_free threshold
ticks_ms ticks_us ticks_cpu ticks_add ticks_diff sleep_ms sleep_us wait_for_ms
ilistdir mount umount sync statvfs VfsLfs2 VfsFat readblocks writeblocks ioctl progsize lookahead
mtime readonly
register unregister ipoll poll modify POLLIN POLLOUT POLLERR POLLHUP
aes encrypt decrypt sha256 md5 digest update
FrameBuffer MONO_VLSB MONO_HLSB RGB565 fill pixel hline vline line rect fill_rect ellipse poly
text scroll blit
StreamReader StreamWriter ThreadSafeFlag create_task gather wait_for sleep current_task
run_until_complete run_forever new_event_loop get_event_loop drain readexactly wait_closed
a2b_base64 b2a_base64 hexlify unhexlify crc32 calcsize pack pack_into unpack unpack_from
key reverse default sep end file mode encoding separators maxlen flags signed byteorder
"""
# The chip: machine, rp2 and esp32, with their arguments and the words of the PIO assembler.
_CHIP = """
machine rp2 esp32 unique_id reset soft_reset reset_cause freq idle lightsleep deepsleep bitstream
disable_irq enable_irq time_pulse_us mem8 mem16 mem32 bootloader
Pin IN OUT OPEN_DRAIN ALT ANALOG PULL_UP PULL_DOWN PULL_HOLD IRQ_FALLING IRQ_RISING DRIVE_0
DRIVE_1 DRIVE_2 DRIVE_3 init deinit value on off low high toggle irq pull drive alt hold handler
trigger wake priority hard Signal invert
UART baudrate bits parity stop tx rx rts cts txbuf rxbuf timeout timeout_char flow RTS CTS
any read readinto readline write sendbreak flush txdone IRQ_RXIDLE IRQ_RX IRQ_TXIDLE IRQ_BREAK
SPI SoftSPI polarity phase firstbit sck mosi miso MSB LSB write_readinto
I2C SoftI2C scl sda scan start readfrom readfrom_into writeto writevto readfrom_mem
readfrom_mem_into writeto_mem addrsize
Timer ONE_SHOT PERIODIC callback period tick_hz WDT feed RTC datetime ADC read_u16 PWM duty_u16
Counter Encoder src edge direction filter_ns max min cycles RISING FALLING UP DOWN
PIO SHIFT_LEFT SHIFT_RIGHT JOIN_NONE JOIN_RX JOIN_TX StateMachine asm_pio in_shiftdir
out_shiftdir autopush autopull push_thresh pull_thresh fifo_join in_base out_base set_base
sideset_base jmp_pin out_init set_init sideset_init active exec get put rx_fifo tx_fifo restart
add_program remove_program state_machine Flash DMA
jmp wait in_ out push pull mov irq set nop label pins pindirs x y pin null isr osr block noblock
x_dec y_dec not_x not_y not_osre x_not_y wrap wrap_target word side iffull ifempty clear rel
Partition TYPE_APP TYPE_DATA BOOT RUNNING find get_next info set_boot
PCNT mark_app_valid_cancel_rollback NVS get_blob set_blob commit
"""
# What people type at the prompt of a board, and what the desk asks for through it and from
# JavaScript: a role and its parts.
_PROMPT = """
run proceed commit execute permit offer_image carrier messages identifier data wire take send
Esme Gsme events logbook stack network clock scheduler metrics
Probe load assemble ask_for_key begin serve step found
"""
_WORD = re.compile(r"[A-Za-z_]\w*")
# One of a name's parts that comes when the line runs.
_FILLED_IN = re.compile(r"%[ds]")


def outside_names(
    sources: Collection[Source], tables: Iterable[Path], ours: set[str]
) -> frozenset[str]:
    """Return what must be called as it is by modules that read those tables.

    ours: the names of the modules and of their packages.
    A name counts that any string might be: one by which an attribute is looked up, as a whole or
    with what such a string may be put together with.
    """
    names = {word for words in (_MICROPYTHON, _CHIP, _PROMPT) for word in _WORD.findall(words)}
    names.update(dir(builtins), *map(dir, _TYPES))
    strings = {string for source in sources for string in _strings(source)}
    for table in tables:
        strings.update(re.split(r"[\s|]+", table.read_text(encoding="utf-8")))
    words = {word for string in strings for word in _WORD.findall(string)}
    names |= words
    known = {name for source in sources for name in _written(source)}
    called = {name for source in sources for name in _callable(source)}
    names.update(_put_together(strings, words, known))
    for source in sources:
        names.update(_of_other_modules(source, ours), _of_other_calls(source, called))
        names.update(_failures(source), _programs(source))
    return frozenset(names)


def _strings(source: Source) -> Iterator[str]:
    """Yield the texts and octets of a module, but no docstrings and no sentences."""
    documentation = {
        id(node.value)
        for node in source.nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    split = {
        id(node.func.value)
        for node in source.nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    for node in source.nodes:
        if not isinstance(node, ast.Constant) or id(node) in documentation:
            continue
        text = node.value.decode("latin-1") if isinstance(node.value, bytes) else node.value
        if isinstance(text, str) and (id(node) in split or not re.search(r"\s", text)):
            yield text


def _written(source: Source) -> Iterator[str]:
    """Yield each name that a module has in its code."""
    for node in source.nodes:
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name) | ast.arg(arg=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                yield name


def _put_together(strings: set[str], words: set[str], known: set[str]) -> Iterator[str]:
    """Yield the known names that a string with a beginning, an end or a gap may come to."""
    for string in strings - {"_"}:
        if _FILLED_IN.search(string) and "_" in string:
            parts = [re.escape(part) for part in _FILLED_IN.split(string)]
            pattern = re.compile(r"\w+".join(parts))
            yield from (name for name in known if pattern.fullmatch(name))
        elif string.endswith("_") and _WORD.fullmatch(string):
            yield from (name for name in known if name.removeprefix(string) in words)
        elif string.startswith("_") and _WORD.fullmatch(string):
            yield from (name for name in known if name.removesuffix(string) in words)


def _of_other_modules(source: Source, ours: set[str]) -> Iterator[str]:
    """Yield what a module imports from others than ours, and what those have in CPython."""
    for node in source.nodes:
        match node:
            case ast.Import(names=names):
                modules = [alias.name for alias in names]
            case ast.ImportFrom(module=module, level=level, names=names):
                yield from (module or "").split(".")
                if level or (module or "").split(".")[0] in ours:
                    continue
                yield from (alias.name for alias in names)
                modules = [module or ""]
            case _:
                continue
        for module in modules:
            yield from module.split(".")
            try:
                yield from dir(importlib.import_module(module))
            except ImportError:
                # Of a board only: in the lists above.
                continue


def _callable(source: Source) -> Iterator[str]:
    """Yield the functions, methods and classes of a module."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name


def _of_other_calls(source: Source, defined: set[str]) -> Iterator[str]:
    """Yield arguments that are named in calls of what no module of ours defines."""
    for node in source.nodes:
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else None
            called = node.func.id if isinstance(node.func, ast.Name) else called
            if called not in defined:
                yield from (one.arg for one in node.keywords if one.arg)


def _failures(source: Source) -> Iterator[str]:
    """Yield the classes of exceptions: a traceback names them."""
    for node in source.nodes:
        if isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and re.search(r"(Error|Exception|Refused)$", base.id)
            for base in node.bases
        ):
            yield node.name


def _programs(source: Source) -> Iterator[str]:
    """Yield the names of programs for the PIO, and in them: its assembler gives them a meaning."""
    for function in source.nodes:
        if isinstance(function, ast.FunctionDef) and any(
            isinstance(node, ast.Attribute) and node.attr == "asm_pio"
            for decorator in function.decorator_list
            for node in ast.walk(decorator)
        ):
            yield function.name
            yield from (node.id for node in ast.walk(function) if isinstance(node, ast.Name))


__all__ = ("outside_names",)
