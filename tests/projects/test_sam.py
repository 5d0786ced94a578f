"""A SAM template is served as it is: `AWS::Serverless::GraphQLApi`, with code in files beside it."""

from __future__ import annotations

from pathlib import Path

import aiohttp

from tests.localcloud.running import running
from tests.projects.talking import Talker

TEMPLATE = Path(__file__).parent / "sam" / "template.yaml"
SIGN = "mutation Sign($guest: String!) { sign(guest: $guest, words: null) { guest words } }"


async def test_sam_application_is_deployed_and_answers(tmp_path: Path) -> None:
    with running(tmp_path, TEMPLATE) as cloud:
        (api,) = cloud.apis
        async with aiohttp.ClientSession() as session:
            caller = Talker(session, api, {"x-api-key": api.api_keys[0]})
            query = "subscription On($guest: String) { onSign(guest: $guest) { guest words } }"
            async with caller.listening(query, guest="Ada") as listener:
                assert (await caller.data(SIGN, guest="Bob"))["sign"]["guest"] == "Bob"
                signed = await caller.data(SIGN, guest="Ada")
                assert signed == {"sign": {"guest": "Ada", "words": None}}
                assert await listener.event() == {"onSign": {"guest": "Ada", "words": None}}
            (error,) = (await caller.ask(SIGN, guest=""))["errors"]
            assert (error["errorType"], error["message"], error["path"]) == (
                "NoName", "Who are you?", ["sign"],
            )  # fmt: skip
            assert await caller.data('{ letters(text: "one 2 three") }') == {"letters": 8}
        items = (
            cloud.session()
            .client("dynamodb", endpoint_url=cloud.engine)
            .scan(TableName=cloud.outputs["Table"], Select="COUNT")
        )
        assert items["Count"] == 2
        assert "not supported" not in cloud.printed.read_text()
