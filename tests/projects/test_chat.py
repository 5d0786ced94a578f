"""The chat: Lambda authorizer, enhanced filters, invalidation, VTL and JavaScript, by the same command."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.localcloud.running import Running, running
from tests.projects.talking import Talker

TEMPLATE = Path(__file__).parent / "chat" / "template.yaml"
OPEN = "mutation Open($id: ID!, $topic: String) { openRoom(id: $id, topic: $topic) { id topic members } }"
JOIN = "mutation Join($room: ID!) { join(room: $room) { members } }"
SAY = """
mutation Say($room: ID!, $text: String!, $priority: Int, $mentions: [String!]) {
  say(room: $room, text: $text, priority: $priority, mentions: $mentions) {
    room author text priority mentions
  }
}
"""
EXPEL = "mutation Expel($room: ID!, $member: String!) { expel(room: $room, member: $member) { room member } }"
LISTEN = """
subscription Listen($room: ID!, $priority: Int) {
  onMessage(room: $room, priority: $priority) { author text }
}
"""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("chat"), TEMPLATE) as started:
        yield started


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


class Chat:
    """The chat's people, each a caller with a token of their own."""

    def __init__(self, session: aiohttp.ClientSession, cloud: Running) -> None:
        self._session = session
        (self._api,) = cloud.apis

    def person(self, name: str, role: str = "guest") -> Talker:
        return Talker(self._session, self._api, {"Authorization": f"{role} {name}"})


@pytest.fixture
def chat(session: aiohttp.ClientSession, cloud: Running) -> Chat:
    return Chat(session, cloud)


async def test_room_is_opened_once_and_joined(chat: Chat) -> None:
    ada, bob = chat.person("ada"), chat.person("bob")
    opened = await ada.data(OPEN, id="tea", topic='about "tea"')
    assert opened == {"openRoom": {"id": "tea", "topic": 'about "tea"', "members": ["ada"]}}
    (error,) = (await bob.ask(OPEN, id="tea"))["errors"]
    assert (error["errorType"], error["message"]) == ("RoomExists", "There is a room tea already")
    assert (await bob.data(JOIN, room="tea"))["join"] == {"members": ["ada", "bob"]}
    (error,) = (await bob.ask(JOIN, room="coffee"))["errors"]
    assert (error["errorType"], error["message"]) == ("NoRoom", "There is no room coffee")


async def test_members_alone_send_and_the_latest_message_is_first(chat: Chat) -> None:
    ada = chat.person("ada")
    await ada.data(OPEN, id="garden")
    for text in ("first", 'a "second"\nline'):
        message = (await ada.data(SAY, room="garden", text=text))["say"]
        assert message == {"room": "garden", "author": "ada", "text": text, "priority": 0, "mentions": None}
    query = "query Room($id: ID!) { room(id: $id) { topic messages(limit: 5) { text author } } }"
    room = (await ada.data(query, id="garden"))["room"]
    assert room == {
        "topic": None,
        "messages": [{"text": 'a "second"\nline', "author": "ada"}, {"text": "first", "author": "ada"}],
    }
    answer = await chat.person("eve").ask(SAY, room="garden", text="hello")
    assert answer["data"] == {"say": None}
    assert (answer["errors"][0]["errorType"], answer["errors"][0]["message"]) == (
        "Unauthorized",
        "Not Authorized to access say on type Mutation",
    )


async def test_listener_receives_urgent_messages_and_mentions(chat: Chat) -> None:
    ada, bob = chat.person("ada"), chat.person("bob")
    await ada.data(OPEN, id="pond")
    await bob.data(JOIN, room="pond")
    async with bob.listening(LISTEN, room="pond", priority=5) as listener:
        await ada.data(SAY, room="pond", text="unheard", priority=4)
        await ada.data(SAY, room="pond", text="urgent", priority=5)
        await ada.data(SAY, room="pond", text="unheard too", mentions=["bobby"])
        await ada.data(SAY, room="pond", text="dear bob", mentions=["eve", "bob"])
        texts = [(await listener.event())["onMessage"]["text"] for _ in range(2)]
    # What the listener's priority and name do not let pass was said in between, and is not there; what
    # `say` did not select for a message of another room could not be either.
    assert texts == ["urgent", "dear bob"]


async def test_expelled_member_receives_nothing_more(chat: Chat) -> None:
    ada, bob, mod = chat.person("ada"), chat.person("bob"), chat.person("max", "moderator")
    await ada.data(OPEN, id="court")
    await bob.data(JOIN, room="court")
    expulsions = 'subscription { onExpulsion(room: "court") { member } }'
    async with (
        ada.listening(LISTEN, room="court") as of_ada,
        bob.listening(LISTEN, room="court") as of_bob,
        ada.listening(expulsions) as listener,
    ):
        assert await mod.data(EXPEL, room="court", member="bob") == {
            "expel": {"room": "court", "member": "bob"}
        }
        assert await of_bob.frame() == {"id": of_bob.id, "type": "complete"}
        assert await listener.event() == {"onExpulsion": {"member": "bob"}}
        await ada.data(SAY, room="court", text="peace")
        assert await of_ada.event() == {"onMessage": {"author": "ada", "text": "peace"}}
    async with bob.socket() as socket:
        name, answer = await bob.start(socket, LISTEN, room="court")
        assert (answer["type"], answer["id"], answer["payload"]["errors"][0]["errorType"]) == (
            "error",
            name,
            "Unauthorized",
        )


async def test_lambda_authorizer_denies_fields_and_people(chat: Chat) -> None:
    denied = await chat.person("ada").ask(EXPEL, room="court", member="max")
    assert (denied["data"], denied["errors"][0]["errorType"], denied["errors"][0]["message"]) == (
        {"expel": None},
        "Unauthorized",
        "Not Authorized to access expel on type Mutation",
    )
    for token in ("stranger eve", "guest EVE", "nobody"):
        role, _, name = token.partition(" ")
        refused = await chat.person(name, role).ask("{ __typename }")
        assert refused["errors"][0]["errorType"] == "UnauthorizedException"


def test_chat_uses_only_supported_features(cloud: Running) -> None:
    assert "not supported" not in cloud.printed.read_text()
