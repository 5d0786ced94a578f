"""Chalice's own way to push to WebSockets, deployed by its own command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.localcloud.running import running

HERE = Path(__file__).parent


@pytest.mark.slow
def test_stock_chalice_sends_describes_and_disconnects(tmp_path: Path) -> None:
    project, template = tmp_path / "parrot", tmp_path / "template.yaml"
    shutil.copytree(HERE / "parrot", project)
    template.write_text("Resources: {Queue: {Type: AWS::SQS::Queue}}\n")
    chalice = Path(sys.executable).with_name("chalice")
    deploy = f"{chalice} --project-dir {project} deploy --stage local"
    with running(tmp_path, template, "--also", deploy) as cloud:
        apis: Any = cloud.ready["websocket_apis"]
        with connect(apis[0]["url"]) as socket:
            socket.send("hi")
            assert socket.recv(60) == "back: hi"
            socket.send("info")
            assert socket.recv(60) == "127.0.0.1"
            socket.send("close")
            with pytest.raises(ConnectionClosed):
                socket.recv(60)
