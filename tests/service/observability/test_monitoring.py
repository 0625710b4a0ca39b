"""Dashboard, alerts and compose file name existing metrics, label values and files."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import yaml
from prometheus_client.parser import text_string_to_metric_families

from model.status import PersonStatus
from model.weights import ServedModel
from service.observability.metrics import Metrics
from tests.paths import ROOT

DOCKER = ROOT / "docker"
DASHBOARD = DOCKER / "grafana/dashboards/hmr.json"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def alerts() -> list[dict[str, Any]]:
    return [rule for group in read(DOCKER / "prometheus/alerts.yaml")["groups"] for rule in group["rules"]]


def expressions() -> list[str]:
    shown = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [*shown, *(rule["expr"] for rule in alerts())]


def samples(served: ServedModel) -> set[str]:
    """Return names of all series; those with labels appear with their first use."""
    metrics = Metrics()
    metrics.set_model(version="1", sha256="a" * 64, body="open")
    metrics.http_requests.labels("GET", "/", "200").inc()
    metrics.http_seconds.labels("GET", "/").observe(1)
    metrics.rejected.labels("x").inc()
    families = text_string_to_metric_families(metrics.render().decode())
    return {sample.name for family in families for sample in family.samples}


def test_dashboard_and_alerts_use_existing_metrics_and_all_of_them(served: ServedModel) -> None:
    named = {name for text in expressions() for name in re.findall(r"\b(?:hmr|http)_\w+", text)}
    known = samples(served)
    assert named <= known
    # Each family is used somewhere.
    families = {re.sub(r"_(bucket|sum|count|total|created|info)$", "", name) for name in known}
    assert {re.sub(r"_(bucket|sum|count|total|created|info)$", "", name) for name in named} == families


def test_label_selectors_use_existing_values() -> None:
    text = "\n".join(expressions())
    source = "".join(path.read_text() for path in (DOCKER.parent / "service").rglob("*.py"))
    for reason in re.findall(r'reason="(\w+)"', text):
        assert f'"{reason}"' in source
    outcomes = re.findall(r'outcome="(\w+)"', text)
    assert set(outcomes) <= {status.value for status in PersonStatus}
    for labels in re.findall(r"by \(([^)]*)\)", text):
        assert set(labels.split(", ")) <= {"le", "route", "status", "reason", "outcome", "instance"}
    for expression in expressions():
        assert expression.count("(") == expression.count(")")
        assert expression.count("{") == expression.count("}")


def test_panels_do_not_overlap_and_have_a_source() -> None:
    source = read(DOCKER / "grafana/provisioning/datasources/prometheus.yaml")["datasources"][0]["uid"]
    cells: set[tuple[int, int]] = set()
    for panel in panels():
        assert panel["datasource"]["uid"] == source
        place = panel["gridPos"]
        columns, rows = (range(place[a], place[a] + place[size]) for a, size in (("x", "w"), ("y", "h")))
        covered = set(itertools.product(columns, rows))
        assert place["x"] + place["w"] <= 24
        assert not covered & cells
        cells |= covered
    assert len({panel["id"] for panel in panels()}) == len(panels())


def test_alerts_have_summary_action_and_severity() -> None:
    for rule in alerts():
        assert rule["annotations"]["summary"].endswith(".")
        assert rule["annotations"]["action"].endswith(".")
        assert rule["labels"]["severity"] in ("page", "ticket")


def test_compose_file_names_existing_files_and_services() -> None:
    services = read(DOCKER / "compose.yaml")["services"]
    for service in services.values():
        for volume in service.get("volumes", []):
            assert (DOCKER / volume.split(":")[0]).is_dir()
            assert volume.endswith(":ro")
        assert all(
            str(port).startswith(("127.0.0.1:", "${HMR_PUBLISH:-127.0.0.1")) for port in service["ports"]
        )
    prometheus = read(DOCKER / "prometheus/prometheus.yaml")
    (job,) = prometheus["scrape_configs"]
    assert job["static_configs"][0]["targets"][0].split(":")[0] in services
    assert all((DOCKER / "prometheus" / name).is_file() for name in prometheus["rule_files"])
    mounted = dict(volume.split(":")[:2] for volume in services["grafana"]["volumes"])
    provider = read(DOCKER / "grafana/provisioning/dashboards/hmr.yaml")["providers"][0]
    assert provider["options"]["path"] in mounted.values()
