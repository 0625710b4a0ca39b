"""Put a running service under load, and print throughput, latency and the server's memory every few seconds.

    python examples/load.py --clients 64 --seconds 60             # the capacity
    HMR_MAX_BATCH_PEOPLE=1 hmr serve    # in another terminal: the same server without sharing of batches
    python examples/load.py --of-capacity 4 --deadline 5          # an overload of four times the capacity
    python examples/load.py --of-capacity 0.7 --seconds 1200      # a soak test

With `--clients` alone, each client keeps one connection, sends one person, waits for the answer, and sends
the next, which measures the capacity. With `--of-capacity`, or with `--rate` per second, requests are sent at
random times whether or not earlier ones were answered, and latency counts from these times. The script needs
nothing but Python. `--pid` is the server's process; its memory is then shown (Linux).
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
REJECTED = {429, 503}
FITTED = b'"status":"ok"'
CAPACITY_SECONDS = 20.0
SETTLED_SECONDS = 60.0


class Log:
    """The answers: seconds of each fitted or rejected request, and counts by status."""

    def __init__(self) -> None:
        self.start = time.perf_counter()
        self.fitted: list[float] = []
        self.rejected: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.without_retry_after = 0
        self.broken = 0
        self.wrong = 0
        self.memory: list[tuple[float, float]] = []

    def add(self, status: int, head: bytes, body: bytes, since: float) -> None:
        """Count the answer to a request that was due at a time."""
        seconds = time.perf_counter() - since
        self.statuses[status] += 1
        if status == 200:
            self.fitted.append(seconds)
            self.wrong += body.count(FITTED) != 1
        elif status in REJECTED:
            self.rejected.append(seconds)
            self.without_retry_after += b"retry-after:" not in head


class Service:
    """The service's address, and its open, unused connections."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def ask(self, request: bytes) -> tuple[int, bytes, bytes]:
        """Send a request; return status, headers in lower case, and body. OSError or EOFError: no answer."""
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
            writer.close()  # the service closed an idle connection
        return await asyncio.open_connection(*self._place)

    def close(self) -> None:
        """Close all unused connections."""
        for _, writer in self._free:
            writer.close()


async def ask(service: Service, request: bytes, since: float, log: Log) -> int:
    """Send one request; return its status, or 0 if the connection broke."""
    try:
        status, head, body = await service.ask(request)
    except (OSError, EOFError):
        log.broken += 1
        return 0
    log.add(status, head, body, since)
    return status


async def client(service: Service, request: bytes, end: float, log: Log) -> None:
    """Send requests until the time is over; after a rejection, wait a tenth of a second."""
    while (start := time.perf_counter()) < end:
        if await ask(service, request, start, log) != 200:
            await asyncio.sleep(0.1)


async def open_loop(service: Service, made: list[bytes], rate: float, end: float, log: Log) -> None:
    """Send requests at a mean rate and random times; return once the time is over and all are answered."""
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
    """Return a request for each client, with one person each at different positions."""
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
    """Return the resident memory of a process, MiB."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def watch(log: Log, every: float, pid: int | None) -> None:
    """Print the progress until cancelled."""
    fitted = rejected = 0
    while True:
        await asyncio.sleep(every)
        seconds = time.perf_counter() - log.start
        text = f"{seconds:6.0f} s: {(len(log.fitted) - fitted) / every:6.0f} people/s"
        if len(log.rejected) > rejected:
            text += f", {(len(log.rejected) - rejected) / every:.0f}/s rejected"
        if pid is not None:
            log.memory.append((seconds, memory(pid)))
            text += f", {log.memory[-1][1]:.1f} MiB"
        print(text, flush=True)
        fitted, rejected = len(log.fitted), len(log.rejected)


def percentiles(name: str, seconds: list[float]) -> str:
    """Return the median, the 99th percentile and the maximum, in words."""
    cuts = statistics.quantiles([1000 * value for value in seconds], n=100)
    return f"{name}: p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, longest {1000 * max(seconds):.0f} ms"


def summary(log: Log, took: float, deadline: float | None) -> Iterator[str]:
    """Return the lines of the summary."""
    yield f"{took:.1f} s, answers by status: {dict(log.statuses)}, broken connections: {log.broken}"
    if log.wrong:
        yield f"{log.wrong} of {len(log.fitted)} answers do not hold the one person that was sent"
    if len(log.fitted) > 1:
        yield f"{len(log.fitted) / took:.1f} people/s; {percentiles('fitted', log.fitted)}"
    if deadline is not None and log.fitted:
        late = sum(seconds > deadline for seconds in log.fitted)
        yield f"{late} of {len(log.fitted)} fitted later than the deadline of {deadline:g} s"
    if len(log.rejected) > 1:
        yield percentiles("rejected", log.rejected)
        yield f"{log.without_retry_after} of {len(log.rejected)} rejected without Retry-After"
    settled = [mebibytes for seconds, mebibytes in log.memory if seconds >= SETTLED_SECONDS]
    if settled:
        growth = 100 * (settled[-1] / settled[0] - 1)
        yield f"memory after a minute {settled[0]:.1f} MiB, at the end {settled[-1]:.1f} MiB: {growth:+.2f} %"


async def watched(work: Awaitable[object], log: Log, options: argparse.Namespace) -> float:
    """Await the work, printing progress and a summary; return the fitted people per second."""
    watcher = asyncio.create_task(watch(log, options.every, options.pid))
    await work
    took = time.perf_counter() - log.start
    watcher.cancel()
    print("\n".join(summary(log, took, options.deadline)), flush=True)
    return len(log.fitted) / took


async def run(options: argparse.Namespace) -> None:
    """Measure the capacity unless a rate is given, then send at a rate if one is set."""
    key = f"Authorization: Bearer {options.key}\r\n" if options.key else ""
    prefer = f"Prefer: wait={options.deadline:g}\r\n" if options.deadline else ""
    made = requests(options.clients, key + prefer)
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
        await watched(open_loop(service, made, rate, log.start + options.seconds, log), log, options)
    service.close()


def parser() -> argparse.ArgumentParser:
    """Build the parser of the command line."""
    made = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8000)
    made.add_argument("--clients", type=int, default=64, help="number of clients at a time")
    made.add_argument("--seconds", type=float, default=20.0, help="length of the run")
    made.add_argument("--every", type=float, default=5.0, help="seconds between two lines of progress")
    made.add_argument("--of-capacity", type=float, help="rate of requests, as a multiple of the capacity")
    made.add_argument("--rate", type=float, help="requests per second; the capacity is not measured")
    made.add_argument("--deadline", type=float, help="seconds that requests may take (Prefer: wait)")
    made.add_argument("--key", help="API key, if the service requires one")
    made.add_argument("--pid", type=int, help="ID of the server's process")
    return made


if __name__ == "__main__":
    asyncio.run(run(parser().parse_args()))
