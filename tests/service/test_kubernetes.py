"""The Kubernetes manifest fits the image, the service's paths, settings and metrics, and itself."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient

from model.weights import ServedModel
from service.settings import Settings
from tests.paths import ROOT
from tests.service.observability.test_monitoring import samples

MANIFEST = ROOT / "docker/kubernetes.yaml"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
# From SIGTERM, the longest that the service takes.
LONGEST_STOP_SECONDS = 28


def objects() -> dict[str, Any]:
    documents = yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8"))
    return {document["kind"]: document for document in documents}


@pytest.fixture(scope="module")
def pod() -> Any:
    return objects()["Deployment"]["spec"]["template"]


@pytest.fixture(scope="module")
def container(pod: Any) -> Any:
    (found,) = pod["spec"]["containers"]
    return found


def test_every_object_is_as_kubernetes_has_it() -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="pip install kubernetes-validate for this")
    for found in objects().values():
        validate.validate(found, "1.31", strict=True)


def test_there_is_all_that_a_deployment_needs() -> None:
    assert set(objects()) == {"Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"}


def test_probes_ask_paths_that_there_are(client: TestClient, container: Any) -> None:
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert f"EXPOSE {ports['http']}\n" in DOCKERFILE
    for name, path in (("startup", "/readyz"), ("liveness", "/livez"), ("readiness", "/readyz")):
        probe = container[f"{name}Probe"]["httpGet"]
        assert (probe["path"], probe["port"]) == (path, "http")
        assert client.get(path).status_code == 200


def test_it_may_as_little_as_possible(pod: Any, container: Any) -> None:
    *_, user = re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)  # of the last stage, the service's
    assert pod["spec"]["securityContext"]["runAsUser"] == int(user) > 0
    assert pod["spec"]["securityContext"]["runAsNonRoot"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "readOnlyRootFilesystem": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"cpu", "memory"} <= set(container["resources"]["requests"])
    assert "memory" in container["resources"]["limits"]


def test_settings_are_known_and_secrets_are_files(pod: Any, container: Any, tmp_path: Path) -> None:
    values = {entry["name"].removeprefix("HMR_").lower(): entry["value"] for entry in container["env"]}
    keys = values.pop("api_keys_file")
    settings = Settings(**values)
    assert set(values) <= settings.model_fields_set
    mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
    assert set(mounts.values()) == set(volumes)
    assert "secret" in volumes[mounts[str(Path(keys).parent)]]
    assert f"--from-file={Path(keys).name}=" in MANIFEST.read_text(encoding="utf-8")


def test_it_is_given_the_time_to_stop(pod: Any) -> None:
    assert pod["spec"]["terminationGracePeriodSeconds"] > LONGEST_STOP_SECONDS


def test_all_of_it_is_about_the_same_pods(pod: Any, container: Any, served: ServedModel) -> None:
    found, labels = objects(), pod["metadata"]["labels"]
    assert found["Deployment"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["ports"][0]["targetPort"] == container["ports"][0]["name"]
    scaler = found["HorizontalPodAutoscaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == found["Deployment"]["metadata"]["name"]
    assert scaler["minReplicas"] > found["PodDisruptionBudget"]["spec"]["minAvailable"]
    (metric,) = scaler["metrics"]
    assert metric["pods"]["metric"]["name"] in samples(served)
    assert int(metric["pods"]["target"]["averageValue"]) < Settings().queue_size
    assert pod["metadata"]["annotations"]["prometheus.io/port"] == str(container["ports"][0]["containerPort"])
