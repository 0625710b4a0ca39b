"""Put a running service under load, and print throughput, latency and the server's memory every few seconds.

    python examples/load.py --clients 64 --seconds 20
    HMR_MAX_BATCH_PEOPLE=1 hmr serve    # in another terminal: the same server without sharing of batches

Each client keeps one connection, sends one person, waits for the answer, and sends the next. It needs nothing
but Python. `--pid` names the server's process, whose memory is then shown (Linux).
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent


class Log:
    """What all clients saw: seconds of each answer that was 200, and how many of each status."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.statuses: Counter[int] = Counter()
        self.without_retry_after = 0


async def ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes
) -> tuple[int, bytes]:
    """One request over an open connection: the status and the headers, in lower case."""
    writer.write(request)
    await writer.drain()
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1]), head


async def client(host: str, port: int, request: bytes, end: float, log: Log) -> None:
    """Ask until the time is over; a client that is turned away comes back after a tenth of a second."""
    reader, writer = await asyncio.open_connection(host, port)
    while (start := time.perf_counter()) < end:
        status, head = await ask(reader, writer, request)
        log.statuses[status] += 1
        if status == 200:
            log.seconds.append(time.perf_counter() - start)
            continue
        log.without_retry_after += b"retry-after:" not in head
        if b"connection: close" in head:
            reader, writer = await asyncio.open_connection(host, port)
        await asyncio.sleep(0.1)
    writer.close()


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


def memory(pid: int | None) -> str:
    """The resident memory of a process, in words."""
    if pid is None:
        return ""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return f", {kilobytes / 1024:.1f} MiB"


async def watch(log: Log, seconds: float, every: float, pid: int | None) -> None:
    """Print how it goes."""
    done = 0
    for tick in range(1, int(seconds / every) + 1):
        await asyncio.sleep(every)
        print(
            f"{tick * every:6.0f} s: {(len(log.seconds) - done) / every:6.0f} people/s{memory(pid)}",
            flush=True,
        )
        done = len(log.seconds)


async def run(options: argparse.Namespace) -> None:
    """All clients at once, for a while."""
    log = Log()
    headers = f"Authorization: Bearer {options.key}\r\n" if options.key else ""
    start = time.perf_counter()
    clients = [
        client(options.host, options.port, request, start + options.seconds, log)
        for request in requests(options.clients, headers)
    ]
    await asyncio.gather(watch(log, options.seconds, options.every, options.pid), *clients)
    took = time.perf_counter() - start
    print(f"{options.clients} clients, {took:.1f} s, answers by status: {dict(log.statuses)}")
    if log.without_retry_after:
        print(f"{log.without_retry_after} of those turned away were not told when to come back")
    if len(log.seconds) > 1:
        cuts = [1000 * cut for cut in statistics.quantiles(log.seconds, n=100)]
        print(f"{len(log.seconds) / took:.1f} people/s; p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two lines")
    parser.add_argument("--key", help="API key, where the service wants one")
    parser.add_argument("--pid", type=int, help="the server's process")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
