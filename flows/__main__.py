"""The `flywheel` command."""

from __future__ import annotations

import json
import sys

from flows.environment import prepare

prepare()

import typer  # noqa: E402
from pydantic import ValidationError  # noqa: E402
from rich.console import Console  # noqa: E402

from flows.commands import create, doctor, edit, models, show  # noqa: E402
from infra.errors import FlywheelError  # noqa: E402

INTERRUPTED = 130

app = typer.Typer(
    name="flywheel",
    help="One brief becomes a finished film.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("create")(create.create)
app.command("edit")(edit.edit)
app.command("show")(show.show)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models", help="The model weights: list, pull, verify.")


def main() -> None:
    """Run the command; every foreseen error is told in two sentences and an exit code, never as a trace."""
    try:
        app()
    except FlywheelError as error:
        _tell(error.what, error.remedy, type(error).__name__)
        sys.exit(error.exit_code)
    except ValidationError as error:
        _tell(*_first_fault(error), "BadInput")
        sys.exit(64)
    except KeyboardInterrupt:
        _tell("Stopped.", "The same command goes on from here: what was finished is kept.", "Interrupted")
        sys.exit(INTERRUPTED)


def _tell(what: str, remedy: str, kind: str) -> None:
    if "--json" in sys.argv:
        sys.stdout.write(
            json.dumps({"kind": "failed", "error": kind, "what": what, "remedy": remedy}, ensure_ascii=False) + "\n"
        )
        return
    console = Console(stderr=True, highlight=False)
    console.print(f"[bold red]✗[/] {what}", soft_wrap=True, markup=True) if "[" not in what else console.print(
        "✗", what, markup=False
    )
    if remedy:
        console.print(f"  {remedy}", soft_wrap=True, markup=False)


def _first_fault(error: ValidationError) -> tuple[str, str]:
    """A pydantic error as one sentence that names the field."""
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"]) or "input"
    given = str(fault.get("input", ""))[:60]
    return f"{field}: {fault['msg']} (given: {given!r}).", "flywheel create --help shows what is allowed."


if __name__ == "__main__":
    main()
