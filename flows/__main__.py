"""The `flywheel` command."""

from __future__ import annotations

import importlib
import json
import sys

import typer
from rich.console import Console
from rich.text import Text

from flows.environment import prepare
from infra.errors import FlywheelError

COMMANDS = ("create", "edit", "show", "export", "certify", "models", "doctor", "up", "worker", "keys")

GROUPS = {"models": "The model weights: list, pull, verify.", "keys": "API keys: create, list, revoke."}


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
        if name in GROUPS:
            app.add_typer(module.app, name=name, help=GROUPS[name])
        else:
            app.command(name)(getattr(module, name))
    return app


def main() -> None:
    """Run the command; every foreseen error is told in two sentences and an exit code, never as a trace."""
    try:
        prepare()  # before Prefect is imported: it reads its settings then
        application(sys.argv[1] if len(sys.argv) > 1 else "")()
    except FlywheelError as error:
        _tell(error.what, error.remedy, type(error).__name__)
        sys.exit(error.exit_code)


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


if __name__ == "__main__":
    main()
