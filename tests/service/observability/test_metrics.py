"""Metrics of one application."""

from prometheus_client.parser import text_string_to_metric_families

from model.status import PersonStatus
from service.observability.metrics import Metrics


def test_applications_do_not_share_metrics() -> None:
    one, other = Metrics(), Metrics()
    one.people.labels("ok").inc(3)
    assert (one.people_fitted, other.people_fitted) == (3, 0)


def test_outcomes_and_reloads_are_zero_from_the_start() -> None:
    registry = Metrics().registry
    for status in PersonStatus:
        assert registry.get_sample_value("hmr_fit_people_total", {"outcome": status.value}) == 0
    for result in ("ok", "failed"):
        assert registry.get_sample_value("hmr_reloads_total", {"result": result}) == 0


def test_queue_depth_is_read_at_each_scrape() -> None:
    metrics, depths = Metrics(), iter([4, 7])
    metrics.watch_queue(lambda: next(depths))
    assert b"hmr_queue_depth 4.0" in metrics.render()
    assert b"hmr_queue_depth 7.0" in metrics.render()


def test_model_labels_are_replaced_after_a_reload() -> None:
    metrics = Metrics()
    for version in ("1", "2"):
        metrics.set_model(version=version, sha256="a" * 64, body="open")
    families = text_string_to_metric_families(metrics.render().decode())
    (sample,) = [
        sample for family in families for sample in family.samples if sample.name == "hmr_model_info"
    ]
    assert sample.labels == {"version": "2", "sha256": "a" * 64, "body": "open"}
