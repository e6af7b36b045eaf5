"""The functions of the doors, found by name at start-up, so that what is wrong with one is told in a line."""

import inspect
import traceback
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from . import BrokenContract

HANDLERS = "portico.handlers"


def handlers_of(door: str) -> ModuleType:
    """Imports and returns the module of a door. Raises BrokenContract if it is missing, fails or cannot refuse."""
    found = find_spec(f"{HANDLERS}.{door}")
    if found is None:
        raise BrokenContract(f"handlers/{door}.py is missing, whose functions are the operations of spec/{door}.yaml")
    try:
        module = import_module(found.name)
    except (Exception, SystemExit) as error:
        line = _line(error, str(found.origin))
        message = error.msg if isinstance(error, SyntaxError) else " ".join(str(error).split())
        raise BrokenContract(f"handlers/{door}.py{line}: {type(error).__name__}: {message}") from None
    for complaint in _mistakes(module):
        raise BrokenContract(f"handlers/{door}.py: {complaint}")
    return module


def _line(error: BaseException, file: str) -> str:
    if isinstance(error, SyntaxError) and error.filename == file:
        return f", line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f", line {lines[-1]}" if lines else ""


def _mistakes(module: ModuleType) -> list[str]:
    """Lists what is wrong with the module's `DOOR` and `refuse` functions."""
    words = {name: value for name, value in vars(module).items() if name == "refuse" or name.startswith("refuse_")}
    complaints = [] if "refuse" in words else ["has no function refuse(refusal), the door's words for a refusal"]
    door = module.__name__.rpartition(".")[2]
    if getattr(module, "DOOR", door) != door:
        complaints.append("its DOOR is another one, whose tokens it would sign and take")
    for name, function in words.items():
        if not inspect.isfunction(function) or inspect.iscoroutinefunction(function) or not takes(function, 1):
            complaints.append(f"{name} must be a function of one argument, the refusal, and not async")
        elif name != "refuse" and not hasattr(module, name.removeprefix("refuse_")):
            complaints.append(f"{name} words the refusals of {name.removeprefix('refuse_')}, which is not there")
    return complaints


def function_named(name: str) -> Any:
    """Returns the function with this dotted name. Raises ValueError."""
    module, _, function = name.rpartition(".")
    try:
        return getattr(import_module(module), function)
    except (ImportError, AttributeError, ValueError):
        raise ValueError(f"there is no function {name}") from None


def takes(function: Any, count: int) -> bool:
    """Checks whether `function` can be called with `count` arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True
