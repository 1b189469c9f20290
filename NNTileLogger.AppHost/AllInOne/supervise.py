"""Runs the programs of the all-in-one image, whose list is the file given as argument.

Each line they print bears the program's name. A program that ends by itself is started again after 1, 2, 4 ... 30 s;
one that says at its very first start that its settings are wrong (exit code 1) ends all, with that code. SIGTERM and
SIGINT stop all at once: what has not ended after 7 s is killed, since Docker kills everything at 10. Exit code 0 then.

The list is JSON: {"who": [VARIABLE], "ask": {VARIABLE: VALUE}, "assumed": {VARIABLE: VALUE}, "programs": [{"name",
"command", "when", "defaults", "environment"}]}. A program with "when" is started only where one of those variables is
set. Where one of "who" is set the variables of "ask" are too, unless they have a value: with passwords asked for, nothing
else lets people in. "environment" is what a program is told whatever was set, "defaults" where nothing was; {VARIABLE} in
them is that variable's value, or the one of "assumed", which is what the programs take by themselves.
"""
import asyncio
import json
import os
import signal
import sys
import time

FIRST_DELAY, LONGEST_DELAY = 1, 30
# After so long a run, ending counts as the first time again.
STABLE_SECONDS = 60
STOP_SECONDS = 7
WRONG_SETTINGS = 1
CHUNK = 1 << 16
# As HTTP_HOST and TENSORBOARD_HOST have it; nobody can be asked there.
ALL_ADDRESSES = ("*", "0.0.0.0", "::")


def is_any_set(names):
    return any(os.environ.get(name) for name in names)


def shared(listed):
    """The variables of all programs."""
    environment = dict(os.environ)
    if is_any_set(listed["who"]):
        environment.update({name: environment.get(name) or value for name, value in listed["ask"].items()})
    return environment


def for_url(value, assumed):
    """A host or port as one program asks another for it."""
    if assumed.isdecimal() and not (value.isdecimal() and int(value) < 1 << 16):
        # Whose port it is says what is wrong with it; the others should not speak of an address that nobody gave.
        return assumed
    return "localhost" if value in ALL_ADDRESSES else f"[{value}]" if ":" in value else value


def own(entry, environment, assumed):
    """The variables of one program: where the others are follows from what these were told."""
    values = {name: for_url(environment.get(name) or value, value) for name, value in assumed.items()}
    told = {name: text for name, text in entry.get("defaults", {}).items() if not environment.get(name)}
    told.update(entry.get("environment", {}))
    return {**environment, **{name: text.format(**values) for name, text in told.items()}}


class Output:
    """Standard output; whole lines only, so that those of several programs do not mix."""

    def __init__(self, width):
        self.width = width

    def line(self, name, text):
        sys.stdout.buffer.write(f"{name:<{self.width}} | ".encode() + text + b"\n")

    def say(self, name, text):
        self.line(name, text.encode())
        sys.stdout.buffer.flush()

    async def copy(self, name, stream):
        """Hands on what a program prints, until it has no one left to print it."""
        rest = b""
        while data := await stream.read(CHUNK):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self.line(name, line)
            if len(rest) > CHUNK:
                self.line(name, rest)
                rest = b""
            sys.stdout.buffer.flush()
        if rest:
            self.line(name, rest)
            sys.stdout.buffer.flush()


class Program:
    """One program, from its first start to the end of all."""

    def __init__(self, name, command, environment, output, stopping):
        self.name, self.command, self.environment = name, command, environment
        self.output, self.stopping = output, stopping
        self.process = None

    def signal(self, what):
        # Its own session: what it started is told as well.
        if self.process and self.process.returncode is None:
            try:
                os.killpg(self.process.pid, what)
            except ProcessLookupError:
                pass

    async def run(self):
        """Returns an exit code where all should end with it, None where all was asked to stop."""
        delay, is_first = FIRST_DELAY, True
        while not self.stopping.is_set():
            started = time.monotonic()
            code = await self.run_once()
            if self.stopping.is_set():
                break
            lasted = time.monotonic() - started
            if is_first and code == WRONG_SETTINGS and lasted < STABLE_SECONDS:
                self.output.say(self.name, "ended with exit code 1: its lines above say what is wrong. All programs are stopped.")
                return code
            is_first = False
            if lasted >= STABLE_SECONDS:
                delay = FIRST_DELAY
            self.output.say(self.name, f"ended with exit code {code}, which nobody asked for; it is started again in {delay} s")
            try:
                await asyncio.wait_for(self.stopping.wait(), delay)
            except asyncio.TimeoutError:
                delay = min(delay * 2, LONGEST_DELAY)
        return None

    async def run_once(self):
        # A pipe of our own: asyncio's would have its end awaited until all that the program started have ended as well.
        read_end, write_end = os.pipe()
        try:
            self.process = await asyncio.create_subprocess_exec(
                *self.command, env=self.environment, stdin=asyncio.subprocess.DEVNULL, stdout=write_end,
                stderr=asyncio.subprocess.STDOUT, start_new_session=True)
        finally:
            os.close(write_end)
        if self.stopping.is_set():
            self.signal(signal.SIGTERM)
        stream = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stream), os.fdopen(read_end, "rb", buffering=0))
        copying = asyncio.create_task(self.output.copy(self.name, stream))
        code = await self.process.wait()
        try:
            # What it started goes with it: the next one needs the ports.
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        await copying
        return code if code >= 0 else 128 - code


async def main(path):
    with open(path, encoding="utf-8") as file:
        listed = json.load(file)
    environment, assumed = shared(listed), listed.get("assumed", {})
    chosen = [entry for entry in listed["programs"] if "when" not in entry or is_any_set(entry["when"])]
    output = Output(max(len(entry["name"]) for entry in chosen))
    stopping = asyncio.Event()
    programs = [Program(entry["name"], entry["command"], own(entry, environment, assumed), output, stopping) for entry in chosen]
    loop = asyncio.get_running_loop()
    for asked in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(asked, stopping.set)

    runs = [asyncio.create_task(program.run()) for program in programs]
    stop = asyncio.create_task(stopping.wait())
    await asyncio.wait((stop, *runs), return_when=asyncio.FIRST_COMPLETED)
    stopping.set()
    for program in programs:
        program.signal(signal.SIGTERM)
    _, late = await asyncio.wait(runs, timeout=STOP_SECONDS)
    for program, run in zip(programs, runs):
        if run in late:
            output.say(program.name, f"has not ended {STOP_SECONDS} s after it was asked to, and is killed")
            program.signal(signal.SIGKILL)
    codes = await asyncio.gather(*runs)
    return next((code for code in codes if code is not None), 0)


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
