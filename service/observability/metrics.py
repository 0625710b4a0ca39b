"""Prometheus metrics, in a separate registry for each application."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, generate_latest

from model.status import PersonStatus

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_BATCH = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_RATIO = (0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5)


class Metrics:
    """All counters, gauges and histograms of the service."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.http_requests = Counter(
            "http_requests_total", "HTTP requests.", ["method", "route", "status"], registry=registry
        )
        self.http_seconds = Histogram(
            "http_request_duration_seconds",
            "Time from a request's headers to the end of its answer.",
            ["method", "route"],
            buckets=_SECONDS,
            registry=registry,
        )
        self.fit_seconds = Histogram(
            "hmr_fit_duration_seconds",
            "Duration of one batch on the device, meshes included.",
            buckets=_SECONDS,
            registry=registry,
        )
        self.people = Counter(
            "hmr_fit_people_total", "People by outcome of the fit.", ["outcome"], registry=registry
        )
        self.batch_size = Histogram("hmr_batch_size", "People per batch.", buckets=_BATCH, registry=registry)
        self.queue_depth = Gauge("hmr_queue_depth", "Requests that wait for the device.", registry=registry)
        self.queue_wait = Histogram(
            "hmr_queue_wait_seconds", "Wait for the device.", buckets=_SECONDS, registry=registry
        )
        self.rejected = Counter(
            "hmr_rejected_total", "Rejected requests, by reason.", ["reason"], registry=registry
        )
        self.reprojection = Histogram(
            "hmr_reprojection_error_ratio",
            "Residual of each person relative to the person's box; rises if inputs drift.",
            buckets=_RATIO,
            registry=registry,
        )
        self.false_detections = Counter(
            "hmr_false_detections_total",
            "Keypoints that fits ignored as false detections.",
            registry=registry,
        )
        self.exchanged = Counter(
            "hmr_exchanged_sides_total", "People with left and right limbs swapped back.", registry=registry
        )
        self.reloads = Counter(
            "hmr_reloads_total",
            "Reloads of the weights, by result.",
            ["result"],
            registry=registry,
        )
        self._model = Info("hmr_model", "The served model.", registry=registry)
        for status in PersonStatus:
            self.people.labels(status.value)
        for result in ("ok", "failed"):
            self.reloads.labels(result)

    def watch_queue(self, depth: Callable[[], int]) -> None:
        """Read the depth of the queue from this function at each scrape."""
        self.queue_depth.set_function(depth)

    def set_model(self, *, version: str, sha256: str, body: str) -> None:
        """Set the labels of the served weights and body."""
        self._model.info({"version": version, "sha256": sha256, "body": body})

    @property
    def people_fitted(self) -> int:
        """Number of fitted people since the start."""
        return int(self.registry.get_sample_value("hmr_fit_people_total", {"outcome": "ok"}) or 0)

    def render(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
