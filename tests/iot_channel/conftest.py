"""The application with its MQTT channel, in one local cloud for all of these tests."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from clients.auth import Credentials, TokenSource
from clients.settings import Settings, load
from tests.integration.conftest import PASSWORD, Person, Shop
from tests.localcloud.running import ROOT, running


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("iot")
    template = ROOT / "appsync" / "template.yaml"
    with running(folder, template, "--artefacts", "--parameter", "PaceSeconds=0") as cloud:
        shop = Shop(cloud)
        shop.stock("cup", 1_000_000)
        yield shop


@pytest.fixture(scope="package")
def settings(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    ready = tmp_path_factory.mktemp("ready") / "ready.json"
    ready.write_text(json.dumps(shop.cloud.ready))
    return load({}, ready_file=ready)


def tokens_of(settings: Settings, person: Person) -> TokenSource:
    return TokenSource(settings.cognito, settings.client_id, Credentials(person.name, PASSWORD))
