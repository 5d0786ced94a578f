"""The fake server's dead letters: two places, of which SQS moves one."""

from __future__ import annotations

from typing import Any

AT = "2026-11-29T18:00:00.000Z"


class FakeLetters:
    """Places and what lies there.

    Attributes
    ----------
    held
        Letters by their places.
    stuck
        Ids of those that fail again.
    each_call
        How many one call puts back.
    looks
        How often a move is looked at before it is over.
    """

    def __init__(self) -> None:
        self.letters: dict[str, list[dict[str, Any]]] = {"orders": [], "fulfilment": []}
        self.stuck: set[str] = set()
        self.each_call = 2
        self.looks = 1
        self.ends = "COMPLETED"
        self.calls: list[dict[str, Any]] = []
        self._move: dict[str, Any] | None = None

    def put(self, place: str, letter_id: str, order: str, **more: Any) -> None:
        """Put a letter in a place."""
        letter = {"id": letter_id, "sentAt": AT, "what": "an order to start", "orderIds": [order]}
        rest = {"cause": "received 10 times", "attempts": 10, "problem": None}
        self.letters[place].append({**letter, **rest, **more})

    def places(self) -> list[dict[str, Any]]:
        """Answer `deadLetters`; each look takes SQS nearer to its end."""
        if self._move is not None and self._move["status"] == "RUNNING":
            self.looks -= 1
            if self.looks <= 0:
                count = len(self.letters["orders"]) if self.ends == "COMPLETED" else 0
                self._move |= {"status": self.ends, "moved": count}
                if self.ends == "COMPLETED":
                    self.letters["orders"].clear()
                else:
                    self._move["failure"] = "AWS.SimpleQueueService.NonExistentQueue"
        return [
            {
                "name": name,
                "purpose": f"What ends in {name}.",
                "way": "MOVE" if name == "orders" else "INVOKE",
                "depth": len(letters),
                "oldestAt": AT if letters else None,
                "move": self._move if name == "orders" else None,
            }
            for name, letters in self.letters.items()
        ]

    def shown(self, place: str) -> list[dict[str, Any]]:
        """Answer `deadLetterMessages`."""
        if place not in self.letters:
            error = {"errorType": "DeadLettersNotFound", "message": "There is no such place."}
            raise LookupError({**error, "errorInfo": None})
        return self.letters[place]

    def redrive(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer `redriveDeadLetters`."""
        self.calls.append(request)
        letters = self.shown(request["place"])
        matched = [letter for letter in letters if request.get("orderId") in (None, *letter["orderIds"])]
        answer = {"matched": len(matched), "redriven": 0, "failures": [], "more": False, "move": None}
        if request.get("dryRun"):
            return answer
        if request["place"] == "orders" and "orderId" not in request:
            self._move = {
                "status": "RUNNING",
                "moved": 0,
                "total": len(matched),
                "startedAt": AT,
                "failure": None,
            }
            return {**answer, "move": self._move}
        redrivable = [letter for letter in matched if letter["id"] not in self.stuck]
        for letter in redrivable[: self.each_call]:
            letters.remove(letter)
        failures = [
            {"id": letter["id"], "reason": "the function failed again: Broken"}
            for letter in matched
            if letter["id"] in self.stuck
        ]
        done = len(redrivable[: self.each_call])
        return {**answer, "redriven": done, "failures": failures, "more": len(redrivable) > done}
