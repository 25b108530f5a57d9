"""The files of `deploy/`, by the tools of the systems that read them."""

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from django.core.management import get_commands

from tests.support import ROOT

SYSTEMD = ROOT / "deploy" / "systemd"
KUBERNETES = ROOT / "deploy" / "kubernetes"
CLUSTER = "1.34"


@cache
def manifests() -> list[dict[str, Any]]:
    files = [file for file in sorted(KUBERNETES.glob("*.yaml")) if file.name != "kustomization.yaml"]
    return [each for file in files for each in yaml.load_all(file.read_text(), yaml.CSafeLoader)]


def templates() -> list[dict[str, Any]]:
    return [each["spec"]["template"] for each in manifests() if each["kind"] in {"Deployment", "Job"}]


def pods() -> list[dict[str, Any]]:
    return [template["spec"] for template in templates()]


@pytest.mark.parametrize("manifest", manifests(), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_a_manifest_is_valid(manifest: dict[str, Any]) -> None:
    kubernetes_validate.validate(manifest, CLUSTER, strict=True)


def test_kustomize_takes_every_manifest() -> None:
    listed = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    assert {*listed, "kustomization.yaml"} == {file.name for file in KUBERNETES.glob("*.yaml")}


def test_pods_may_nothing_that_they_need_not() -> None:
    assert len(pods()) == 3
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


def test_pods_run_as_the_user_of_the_image() -> None:
    uid = int(re.findall(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.M)[-1])
    assert {pod["securityContext"]["runAsUser"] for pod in pods()} == {uid}


def test_labels_meet() -> None:
    """A service, a budget or a policy that selects nothing would be valid, too."""
    labels = {pod["metadata"]["labels"]["app.kubernetes.io/name"] for pod in templates()}
    specs = [manifest.get("spec", {}) for manifest in manifests()]
    selectors = [spec[key] for spec in specs for key in ("selector", "podSelector") if key in spec]
    assert {name for selector in selectors for name in re.findall(r"blitzrocket-\w+", str(selector))} == labels


def test_commands_exist() -> None:
    for pod in pods():
        for container in pod["containers"]:
            python, manage, command, *_ = container.get("command", ["python", "manage.py", "run_web"])
            assert (python, manage) == ("python", "manage.py")
            assert command in get_commands()


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        assert not os.environ.get("REQUIRE_SYSTEMD")
        pytest.skip("needs systemd-analyze")
    # It asks for the program, which is not installed here.
    places = {"/opt/blitzrocket/venv/bin/python": sys.executable, "/opt/blitzrocket/app": str(ROOT)}
    for unit in SYSTEMD.iterdir():
        text = unit.read_text()
        for place, here in places.items():
            text = text.replace(place, here)
        (tmp_path / unit.name.replace("@", "@1")).write_text(text)
    checked = subprocess.run(
        [analyze, "verify", "--man=no", *map(str, tmp_path.iterdir())], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stderr) == (0, "")
