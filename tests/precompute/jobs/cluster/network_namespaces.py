"""Machines on a network whose cables tests can pull: network namespaces of Linux at one switch.

Nothing of it shows outside. All ends with this process, even if it is killed: a namespace lives as
long as its last process, and the one that holds it ends with the pipe from here.
"""

import json
import random
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

HOLD = "ip link set lo up && echo ready && exec cat"
"""Run in a namespace: says that it is there, and keeps it until the pipe is closed."""

PREFIX = "10.0.0."

PORT = "port-"
"""Followed by a machine's number, the name of its port at the switch."""

CABLE = "net0"
"""The name of the network device of each machine."""

CUT_SECONDS, APART_SECONDS = 0.3, 0.5
"""How long a shaken cable is cut, and the time until the next is. TCP tries again after 0.2 s."""


@dataclass(frozen=True)
class Namespace:
    """A network namespace, by the process that holds it."""

    process: subprocess.Popen[str]

    @property
    def under(self) -> list[str]:
        """What is put before a command that is to run in it."""
        return ["nsenter", "--target", str(self.process.pid), "--net"]

    def run(self, *command: str) -> str:
        """Run a command in it; return what it prints."""
        done = subprocess.run([*self.under, *command], check=True, capture_output=True, text=True)
        return done.stdout


@dataclass(frozen=True)
class Machine:
    """A namespace with one cable to a switch."""

    namespace: Namespace
    switch: Namespace
    number: int

    @property
    def under(self) -> list[str]:
        """What is put before a command that is to run on it."""
        return self.namespace.under

    @property
    def address(self) -> str:
        """Its IP address."""
        return f"{PREFIX}{self.number}"

    @property
    def port(self) -> str:
        """Its port at the switch."""
        return f"{PORT}{self.number}"

    def plug(self) -> None:
        """Connect it to the switch with a cable that has never been there."""
        holder = str(self.namespace.process.pid)
        cable = ["type", "veth", "peer", "name", CABLE, "netns", holder]
        self.switch.run("ip", "link", "add", self.port, *cable)
        self.switch.run("ip", "link", "set", self.port, "master", "switch", "up")
        self.namespace.run("ip", "address", "add", f"{self.address}/24", "dev", CABLE)
        self.namespace.run("ip", "link", "set", CABLE, "up")

    def cut(self) -> None:
        """Let all packets vanish, unnoticed by the other machines, until `mend`."""
        self.switch.run("ip", "link", "set", self.port, "down")

    def mend(self) -> None:
        """Let packets through again."""
        self.switch.run("ip", "link", "set", self.port, "up")

    def narrow(self, rate: str, queue: str) -> None:
        """Limit what comes from the switch. What its queue does not hold is lost, the rest late.

        Rate and queue are in the units of `tc`, such as 256kbit and 8kb.
        """
        limits = ["tbf", "rate", rate, "burst", "2kb", "limit", queue]
        self.switch.run("tc", "qdisc", "add", "dev", self.port, "root", *limits)

    def count_lost(self) -> int:
        """Return how many packets were lost on a way that is narrow."""
        shown = self.switch.run("tc", "-s", "-j", "qdisc", "show", "dev", self.port)
        return sum(int(queue["drops"]) for queue in json.loads(shown))


@contextmanager
def shake(machines: Sequence[Machine]) -> Iterator[None]:
    """Cut one machine after another off for a moment, at random, until the context ends."""
    chance, ended = random.Random(0), threading.Event()

    def cut_and_mend() -> None:
        while not ended.wait(APART_SECONDS):
            machine = chance.choice(machines)
            machine.cut()
            ended.wait(CUT_SECONDS)
            machine.mend()

    with ThreadPoolExecutor(1) as executor:
        shaking = executor.submit(cut_and_mend)
        try:
            yield
        finally:
            ended.set()
        shaking.result()


@contextmanager
def hold_namespace() -> Iterator[Namespace]:
    """Make a network namespace, which ends with the context. Fails the test if it may not."""
    process = subprocess.Popen(
        ["unshare", "--net", "sh", "-c", HOLD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None and process.stderr is not None
        try:
            if process.stdout.readline() != "ready\n":
                pytest.fail(
                    "This test makes networks. It needs root with CAP_SYS_ADMIN and CAP_NET_ADMIN, "
                    f"and iproute2: {process.stderr.read().strip()}",
                    pytrace=False,
                )
            yield Namespace(process)
        finally:
            process.kill()


@contextmanager
def run_network(count: int) -> Iterator[list[Machine]]:
    """Make some machines at one switch, with addresses of their own, until the context ends."""
    with ExitStack() as namespaces:
        switch = namespaces.enter_context(hold_namespace())
        switch.run("ip", "link", "add", "switch", "type", "bridge")
        switch.run("ip", "link", "set", "switch", "up")
        machines = [
            Machine(namespaces.enter_context(hold_namespace()), switch, number + 1)
            for number in range(count)
        ]
        for machine in machines:
            machine.plug()
        yield machines
