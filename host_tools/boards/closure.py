"""Which of the firmware's files a role needs: the closure of its imports, read from the source.

An import inside a function counts like any other, but in roles/assembly.py only those of the
function that assembles the role, and of what it calls.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

FIRMWARE = Path(__file__).parents[2] / "firmware"
ENTRY = "main"
_PACKAGE = "protometer"
_ASSEMBLY = "protometer.roles.assembly"
# What a bundle for a device with a radio, or a display, has beside the drivers' kinds.
RADIO = "radio"
FACE = "face"
SUB_GHZ = "sub GHz"
# Of a network that a device joins by itself: there remote parties reach it through a tunnel, and
# firmware through the air.
JOINS = "joins"
# The hub is the coordinator of its network; all others join one.
_HUB = "CH"
_MEMBER = "member"
# What payloads of remote messages a role takes.
_DLMS = "DLMS"
_GBZ = "GBZ"
# What else of these a role has that is asked nothing in them: it asks in GBZ, tells in DLMS.
_ASKS_GBZ = "asks GBZ"
_TELLS_DLMS = "tells DLMS"
_PAYLOADS = {
    "ESME": (_DLMS, _TELLS_DLMS),
    "GSME": (_GBZ, _ASKS_GBZ),
    "PPMID": (_ASKS_GBZ, _TELLS_DLMS),
    _HUB: (_DLMS, _TELLS_DLMS, _GBZ, _ASKS_GBZ),
}
# Of a hub with a memory for logs, which no board file gives it: remote parties address it then.
_LOGGED_HUB = "logged hub"
# Modules that are imported only where the description names a kind of driver, or the meter is of
# a variant, or its front end measures voltage, or by the hub, or never by it.
_ONLY_WITH = {
    "protometer.roles.secondary_element": "twin",
    "protometer.roles.auxiliary_control": "alcs",
    "protometer.roles.meter_ui": FACE,
    "protometer.roles.ppmid_ui": FACE,
    # A description says nothing of who sells top-ups: messages do.
    "protometer.roles.utrn_authenticator": JOINS,
    "protometer.roles.voltage_watch": "voltage",
    "protometer.roles.esme_han": RADIO,
    "protometer.roles.message_carrier": JOINS,
    "protometer.roles.remote_messages": JOINS,
    "protometer.roles.ppmid_messages": JOINS,
    "protometer.roles.cosem_server": _DLMS,
    "protometer.roles.cosem_alerts": _DLMS,
    "protometer.roles.cosem_hub": _HUB,
    "protometer.roles.hub_function": _LOGGED_HUB,
    "protometer.roles.hub_on_air": _LOGGED_HUB,
    "protometer.roles.gbz_server": _GBZ,
    "protometer.roles.gbz_meter": "GSME",
    "protometer.roles.proxy_request": "GSME",
    "protometer.roles.gbz_metering": _GBZ,
    "protometer.roles.gbz_proxy": _HUB,
    "protometer.gbcs.cosem_objects": _DLMS,
    "protometer.gbcs.data_notification": _TELLS_DLMS,
    "protometer.gbcs.gbz": _ASKS_GBZ,
    "protometer.roles.hcalcs_han": RADIO,
    "protometer.han.network": RADIO,
    "protometer.han.membership": JOINS,
    "protometer.han.joining_description": JOINS,
    "protometer.han.kept_network": JOINS,
    "protometer.han.tunnel_client": JOINS,
    "protometer.han.tunnel_door": JOINS,
    "protometer.han.tunnel_manager": JOINS,
    "protometer.roles.gas_proxy": JOINS,
    "protometer.roles.gas_watch": JOINS,
    "protometer.roles.network_watch": JOINS,
    "protometer.roles.ota_server": JOINS,
    "protometer.roles.ota_watch": JOINS,
    "protometer.han.forming": _HUB,
    "protometer.han.trust_centre": _HUB,
    "protometer.han.channel_pages": SUB_GHZ,
    "protometer.han.enhanced_beacon": SUB_GHZ,
    "protometer.han.sub_ghz": SUB_GHZ,
    "protometer.han.joining": _MEMBER,
    "protometer.han.polling": _MEMBER,
    "protometer.store.fram_slots": "fram",
    "protometer.store.fram_area": "fram",
    "protometer.store.block_ring": "partition",
}


def closure(role: str, kinds: Iterable[str], firmware: Path = FIRMWARE) -> list[Path]:
    """Return the files, sorted and relative to firmware: modules and the tables beside them.

    kinds: the driver kinds that the device description names, and the variants; those without a
    driver in firmware/main.py add nothing. Includes main.py. KeyError for an unknown role.
    """
    member = () if role == _HUB else (_MEMBER,)
    kinds = {*kinds, "file", role, *member, *_PAYLOADS.get(role, ())}
    drivers = driver_modules(firmware)
    pending = [ENTRY, *(drivers[kind] for kind in kinds if kind in drivers)]
    files: set[Path] = set()
    while pending:
        module = pending.pop()
        path = _path(module, firmware)
        if path is None or path in files or _ONLY_WITH.get(module, "file") not in kinds:
            continue
        files.add(path)
        files.update(_packages_of(module, firmware))
        text = (firmware / path).read_text(encoding="utf-8")
        modules, tables = _named(text, module, role if module == _ASSEMBLY else None)
        pending.extend(modules)
        files.update(path.parent / table for table in tables)
    return sorted(files)


@lru_cache(None)
def _named(text: str, module: str, role: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the modules and the tables that a module's text names; role: for that one alone."""
    tree = ast.parse(text, module)
    if role is not None:
        _keep_own(tree, role)
    return tuple(_imports(tree, module)), tuple(_tables(tree))


def driver_modules(firmware: Path = FIRMWARE) -> dict[str, str]:
    """Return the module of each driver kind, from the DRIVERS table of main.py."""
    tree = ast.parse((firmware / "main.py").read_text(encoding="utf-8"))
    table = _assigned(tree, "DRIVERS")
    return {
        ast.literal_eval(kind): ast.literal_eval(entry.elts[0])
        for kind, entry in zip(table.keys, table.values, strict=True)
        if kind is not None and isinstance(entry, ast.Tuple)
    }


def _assigned(tree: ast.Module, name: str) -> ast.Dict:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id == name:
                return node.value
    raise KeyError(name)


def _keep_own(tree: ast.Module, role: str) -> None:
    """Keep the function that ROLES has for a role, and what it calls; KeyError if it has none."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    table = _assigned(tree, "ROLES")
    pending = [
        value.id
        for key, value in zip(table.keys, table.values, strict=True)
        if key is not None and isinstance(value, ast.Name) and ast.literal_eval(key) == role
    ]
    if not pending:
        raise KeyError(role)
    own: set[str] = set()
    while pending:
        name = pending.pop()
        if name in functions and name not in own:
            own.add(name)
            pending += [
                node.id for node in ast.walk(functions[name]) if isinstance(node, ast.Name)
            ]
    tree.body = [
        node for node in tree.body if not isinstance(node, ast.FunctionDef) or node.name in own
    ]


def _imports(tree: ast.Module, module: str) -> Iterator[str]:
    """Yield every module that might be meant; names in a module are tried as modules too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                package = module.rsplit(".", node.level)[0]
                origin = f"{package}.{origin}" if origin else package
            yield origin
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def _tables(tree: ast.Module) -> Iterator[str]:
    """Yield the tables that a module names as text, such as table_path(__file__, "x.tbl")."""
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and text.endswith(".tbl"):
            yield text


def _path(module: str, firmware: Path) -> Path | None:
    """Return a module's file, or None where it is not one of the firmware's own."""
    if module != ENTRY and module.split(".")[0] != _PACKAGE:
        return None
    path = Path(*module.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if (firmware / candidate).is_file():
            return candidate
    return None


def _packages_of(module: str, firmware: Path) -> Iterator[Path]:
    parts = module.split(".")
    for depth in range(1, len(parts)):
        init = Path(*parts[:depth], "__init__.py")
        if (firmware / init).is_file():
            yield init
