"""`python -m infra.embedded {run,start,status,stop,smoke} [--problem NAME]`."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable

from infra.embedded import report
from infra.embedded.interruption import ignore, interruptible
from infra.embedded.platform import Platform
from infra.embedded.settings import load
from ml import problems
from ml.errors import VigiaError
from ml.problems import Problem
from ml.settings import settings as library_settings

_DONE, _FAILED, _NOT_UP, _INTERRUPTED = 0, 1, 3, 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.embedded", description=__doc__)
    parser.add_argument("command", choices=_COMMANDS)
    parser.add_argument("--problem", default="", help="the one whose pipeline is run; else all")
    asked = parser.parse_args(arguments)
    os.umask(0o077)  # secrets and patients' data are nobody else's
    try:
        return _dispatch(asked.command, asked.problem)
    except VigiaError as error:
        report.warn(f"error: {error}")
        return _FAILED
    except KeyboardInterrupt:
        report.warn("interrupted")
        return _INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; what had to be stopped is stopped. Python's own
        # last flush at exit must not fail, too.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _FAILED


def _dispatch(command: str, problem: str) -> int:
    settings, chosen = load(), _chosen(problem)
    if command in {"status", "stop"} and not settings.state_dir.exists():
        print(f"nothing was ever started in {settings.state_dir}")
        return _DONE if command == "stop" else _NOT_UP
    return _COMMANDS[command](Platform(settings, chosen))


def _chosen(problem: str) -> list[Problem]:
    """Return the problem of that name, or where none is named all, the default one first."""
    if problem:
        return [problems.find(problem)]
    default = library_settings().default_problem
    others = [name for name in problems.names() if name != default]
    return [problems.find(name) for name in (default, *others)]


def _rehearsal(platform: Platform) -> Platform:
    """Return the same platform with a folder of its own, emptied of an earlier rehearsal.

    It has the first problem alone.
    """
    settings, first = platform.settings.rehearsal(), platform.problems[:1]
    if settings.state_dir.exists():
        Platform(settings, first).stack.stop()
        shutil.rmtree(settings.state_dir)
    return Platform(settings, first)


def run(platform: Platform) -> int:
    """Start everything, run the pipelines, stay up until a signal, stop everything."""
    with platform.stack.exclusive(), interruptible():
        platform.refuse_second()
        with platform.stopped_after():
            platform.bring_up()
            platform.show()
            report.step("everything is up; Ctrl-C stops it")
            try:
                platform.watch()
            except KeyboardInterrupt:
                report.step("stopping everything")
    return _DONE


def start(platform: Platform) -> int:
    """Start everything, run the pipelines, and leave everything up."""
    with platform.stack.exclusive(), interruptible():
        try:
            if platform.stack.adopt():
                report.step("all services are up already")
            else:
                platform.bring_up()
        except BaseException:
            ignore()
            platform.stack.stop()
            raise
        try:
            platform.show()
        except KeyboardInterrupt:
            platform.stack.stop()
            raise
        except VigiaError:
            report.warn("the services stay up for a look at them; `make stop` stops them")
            raise
    return _DONE


def smoke(platform: Platform) -> int:
    """Rehearse from nothing to the first prediction, stop, print one JSON line.

    In a folder of its own: a rehearsal neither reuses nor leaves a model. It stays for a
    look where the rehearsal fails.
    """
    with platform.stack.exclusive(), interruptible():
        platform.refuse_second()
        rehearsal = _rehearsal(platform)
        (tenant,) = rehearsal.tenants
        tenant.source()  # what was named wrong is told before anything starts
        with rehearsal.stopped_after():
            rehearsal.bring_up()
            model = tenant.learn()
            probability = tenant.predict()
            report.learned(model)
        shutil.rmtree(rehearsal.settings.state_dir)
    report.summary(model, probability)
    return _DONE


def status(platform: Platform) -> int:
    """Print a table of the services; 0 if all are up, 3 if not."""
    states = platform.stack.states()
    report.states(states)
    return _DONE if all(state.state == "up" for state in states) else _NOT_UP


def stop(platform: Platform) -> int:
    """Stop everything, also what a killed command has left."""
    with platform.stack.taken_over():
        rehearsal = Platform(platform.settings.rehearsal(), platform.problems)
        if not any([platform.stack.stop(), rehearsal.stack.stop()]):
            report.step("nothing was running")
        else:
            report.step("everything is stopped")
    return _DONE


_COMMANDS: dict[str, Callable[[Platform], int]] = {
    "run": run,
    "start": start,
    "status": status,
    "stop": stop,
    "smoke": smoke,
}

if __name__ == "__main__":
    sys.exit(main())
