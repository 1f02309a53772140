"""The `flywheel` command."""

from __future__ import annotations

import json
import sys

from flows.environment import prepare

prepare()  # before Prefect is imported: it reads its settings then

import importlib  # noqa: E402

import typer  # noqa: E402
from pydantic import ValidationError  # noqa: E402
from rich.console import Console  # noqa: E402
from rich.text import Text  # noqa: E402

from infra.errors import FlywheelError  # noqa: E402

COMMANDS = ("create", "edit", "show", "models", "doctor")


def application(wanted: str) -> typer.Typer:
    """The command line with the *wanted* command only, or with all: `doctor` must start where a package is broken."""
    app = typer.Typer(
        name="flywheel",
        help="One brief becomes a finished film.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    app.callback()(lambda: None)
    for name in (wanted,) if wanted in COMMANDS else COMMANDS:
        module = importlib.import_module(f"flows.commands.{name}")
        if name == "models":
            app.add_typer(module.app, name=name, help="The model weights: list, pull, verify.")
        else:
            app.command(name)(getattr(module, name))
    return app


def main() -> None:
    """Run the command; every foreseen error is told in two sentences and an exit code, never as a trace."""
    try:
        application(sys.argv[1] if len(sys.argv) > 1 else "")()
    except FlywheelError as error:
        _tell(error.what, error.remedy, type(error).__name__)
        sys.exit(error.exit_code)
    except ValidationError as error:
        _tell(*_first_fault(error), "BadInput")
        sys.exit(64)


def _tell(what: str, remedy: str, kind: str) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(
            json.dumps({"kind": "failed", "error": kind, "what": what, "remedy": remedy}, ensure_ascii=False) + "\n"
        )
        return
    console = Console(stderr=True, highlight=False)
    console.print(Text.assemble(("✗ ", "bold red"), what), soft_wrap=True)
    if remedy:
        console.print(f"  {remedy}", soft_wrap=True, markup=False)


def _first_fault(error: ValidationError) -> tuple[str, str]:
    """A pydantic error as one sentence that names the field."""
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"]) or "input"
    given = str(fault.get("input", ""))[:60]
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{field}: {said} (given: {given!r}).", "flywheel create --help shows what is allowed."


if __name__ == "__main__":
    main()
