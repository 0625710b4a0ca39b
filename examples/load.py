"""Put a running service under load, and print throughput, latency and the server's memory every few seconds.

    python examples/load.py --clients 64 --seconds 60             # as much as it takes
    HMR_MAX_BATCH_PEOPLE=1 hmr serve    # in another terminal: the same server without sharing of batches
    python examples/load.py --of-capacity 4 --deadline 5          # four times as much as it takes
    python examples/load.py --of-capacity 0.7 --seconds 1200      # a soak

With `--clients` alone, each client keeps one connection, sends one person, waits for the answer, and sends
the next: that is the capacity. With `--of-capacity`, or with `--rate` a second, people come at random times
whether or not those before them were answered, and latency counts from when they came. It needs nothing but
Python. `--pid` names the server's process, whose memory is then shown (Linux).
"""

import argparse
import asyncio
import itertools
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Awaitable, Iterator
from pathlib import Path

HERE = Path(__file__).parent
TURNED_AWAY = {429, 503}
FITTED = b'"status":"ok"'
CAPACITY_SECONDS = 20.0
SETTLED_SECONDS = 60.0


class Log:
    """What came back: seconds of each answer that was 200 or turned away, and how many of each status."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.fitted: list[float] = []
        self.turned_away: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.without_retry_after = 0
        self.broken = 0
        self.wrong = 0
        self.memory: list[tuple[float, float]] = []

    def note(self, status: int, head: bytes, body: bytes, since: float) -> None:
        """One answer to a request that came at a time."""
        seconds = time.perf_counter() - since
        self.statuses[status] += 1
        if status == 200:
            self.fitted.append(seconds)
            self.wrong += body.count(FITTED) != 1
        elif status in TURNED_AWAY:
            self.turned_away.append(seconds)
            self.without_retry_after += b"retry-after:" not in head


class Service:
    """Where to ask, and connections that are open and free."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Status, headers in lower case, and body of an answer; OSError or EOFError if there is none."""
        reader, writer = await self._connection()
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            body = await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        except BaseException:
            writer.close()
            raise
        if b"connection: close" in head:
            writer.close()
        else:
            self._free.append((reader, writer))
        return int(head.split(b" ", 2)[1]), head, body

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            writer.close()  # the service hung up on a connection that had nothing to say
        return await asyncio.open_connection(*self._place)

    def close(self) -> None:
        """Hang up."""
        for _, writer in self._free:
            writer.close()


async def ask(service: Service, request: bytes, since: float, log: Log) -> int:
    """One request; its status, 0 if the connection broke."""
    try:
        status, head, body = await service.ask(request)
    except (OSError, EOFError):
        log.broken += 1
        return 0
    log.note(status, head, body, since)
    return status


async def client(service: Service, request: bytes, end: float, log: Log) -> None:
    """Ask until the time is over; a client that is turned away comes back after a tenth of a second."""
    while (start := time.perf_counter()) < end:
        if await ask(service, request, start, log) != 200:
            await asyncio.sleep(0.1)


async def crowd(service: Service, made: list[bytes], rate: float, end: float, log: Log) -> None:
    """So many requests a second at random times, until the time is over and all are answered."""
    chance = random.Random(0)
    due = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for request in itertools.cycle(made):
            due += chance.expovariate(rate)
            if due >= end:
                return
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(ask(service, request, due, log))


def requests(count: int, headers: str) -> list[bytes]:
    """A person for each client, each standing a little elsewhere."""
    document = json.loads((HERE / "one_person.json").read_text(encoding="utf-8"))
    points = list(document["people"][0]["pose_keypoints_2d"])
    made = []
    for number in range(count):
        # x of the keypoints that were detected
        moved = [v + number if i % 3 == 0 and v else v for i, v in enumerate(points)]
        document["people"][0]["pose_keypoints_2d"] = moved
        body = json.dumps(document).encode()
        head = f"POST /v1/fit HTTP/1.1\r\nHost: load\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        made.append(head.encode() + body)
    return made


def memory(pid: int) -> float:
    """The resident memory of a process, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def watch(log: Log, every: float, pid: int | None) -> None:
    """Print how it goes, for as long as it does."""
    fitted = turned_away = 0
    while True:
        await asyncio.sleep(every)
        seconds = time.perf_counter() - log.start
        text = f"{seconds:6.0f} s: {(len(log.fitted) - fitted) / every:6.0f} people/s"
        if len(log.turned_away) > turned_away:
            text += f", {(len(log.turned_away) - turned_away) / every:.0f}/s turned away"
        if pid is not None:
            log.memory.append((seconds, memory(pid)))
            text += f", {log.memory[-1][1]:.1f} MiB"
        print(text, flush=True)
        fitted, turned_away = len(log.fitted), len(log.turned_away)


def percentiles(name: str, seconds: list[float]) -> str:
    """The 50th and the 99th, and the longest, in words."""
    cuts = statistics.quantiles([1000 * value for value in seconds], n=100)
    return f"{name}: p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, longest {1000 * max(seconds):.0f} ms"


def summary(log: Log, took: float, deadline: float | None) -> Iterator[str]:
    """All of it, in lines."""
    yield f"{took:.1f} s, answers by status: {dict(log.statuses)}, broken connections: {log.broken}"
    if log.wrong:
        yield f"{log.wrong} of {len(log.fitted)} answers do not hold the one person that was sent"
    if len(log.fitted) > 1:
        yield f"{len(log.fitted) / took:.1f} people/s; {percentiles('fitted', log.fitted)}"
    if deadline is not None and log.fitted:
        late = sum(seconds > deadline for seconds in log.fitted)
        yield f"{late} of {len(log.fitted)} fitted later than the deadline of {deadline:g} s"
    if len(log.turned_away) > 1:
        yield percentiles("turned away", log.turned_away)
        untold = f"{log.without_retry_after} of {len(log.turned_away)}"
        yield f"{untold} turned away were not told when to come back"
    settled = [mebibytes for seconds, mebibytes in log.memory if seconds >= SETTLED_SECONDS]
    if settled:
        growth = 100 * (settled[-1] / settled[0] - 1)
        yield f"memory after a minute {settled[0]:.1f} MiB, at the end {settled[-1]:.1f} MiB: {growth:+.2f} %"


async def watched(work: Awaitable[object], log: Log, options: argparse.Namespace) -> float:
    """Do it, say how it goes and how it went; answers that were 200 a second."""
    watcher = asyncio.create_task(watch(log, options.every, options.pid))
    await work
    took = time.perf_counter() - log.start
    watcher.cancel()
    print("\n".join(summary(log, took, options.deadline)), flush=True)
    return len(log.fitted) / took


async def run(options: argparse.Namespace) -> None:
    """The capacity, unless a rate is given; then a crowd if one is asked for."""
    key = f"Authorization: Bearer {options.key}\r\n" if options.key else ""
    patience = f"Prefer: wait={options.deadline:g}\r\n" if options.deadline else ""
    made = requests(options.clients, key + patience)
    service, rate = Service(options.host, options.port), options.rate
    if rate is None:
        seconds = min(CAPACITY_SECONDS, options.seconds) if options.of_capacity else options.seconds
        print(f"{options.clients} clients for {seconds:g} s")
        log = Log()
        clients = [client(service, request, log.start + seconds, log) for request in made]
        capacity = await watched(asyncio.gather(*clients), log, options)
        rate = options.of_capacity and options.of_capacity * capacity
    if rate:
        print(f"{rate:.1f} people a second for {options.seconds:g} s")
        log = Log()
        await watched(crowd(service, made, rate, log.start + options.seconds, log), log, options)
    service.close()


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument("--clients", type=int, default=64)
    made.add_argument("--seconds", type=float, default=20.0)
    made.add_argument("--every", type=float, default=5.0, help="seconds between two lines")
    made.add_argument("--of-capacity", type=float, help="so many times as much as all clients get done")
    made.add_argument("--rate", type=float, help="so many people a second; the capacity is not measured")
    made.add_argument("--deadline", type=float, help="seconds that requests may take (Prefer: wait)")
    made.add_argument("--key", help="API key, where the service wants one")
    made.add_argument("--pid", type=int, help="the server's process")
    return made


if __name__ == "__main__":
    asyncio.run(run(parser().parse_args()))
