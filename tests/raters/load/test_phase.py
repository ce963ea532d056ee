"""Raters against a stub of the rating screen: what they send, what they make of the replies, what the log says."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any
from urllib.parse import parse_qs

from raters.load.phase import Crowd, Measured, Times, work
from raters.load.rater import Account, Target

AHEAD = 3


class Stub:
    """Gives each session items from a list of its own, three at a time; `script` may answer otherwise."""

    def __init__(self, items: int = 10**9, script: tuple[int, ...] = ()) -> None:
        self.items, self.script = items, list(script)
        self.held: dict[str, list[str]] = {}
        self.given: dict[str, int] = {}
        self.answers: list[dict[str, str]] = []
        self.keys: list[str] = []
        self.serving: list[asyncio.Task[None] | None] = []

    def reply(self, path: str, session: str, fields: dict[str, str]) -> tuple[int, dict[str, Any]]:
        held = self.held.setdefault(session, [])
        saved = {}
        if path.endswith("submit/"):
            self.keys.append(fields["submission_key"])
            status = self.script.pop(0) if self.script else 200
            if status >= 500:
                return status, {}
            if status != 200:
                held.remove(fields["assignment"])
                return status, {"error": "refused", "held": held, "items": []}
            held.remove(fields["assignment"])
            self.answers.append(fields)
            saved = {"saved": {"submission_key": fields["submission_key"], "counted": True}}
        while len(held) < AHEAD and self.given.get(session, 0) < self.items:
            self.given[session] = self.given.get(session, 0) + 1
            held.append(str(uuid.uuid4()))
        have = fields["have"].split(",")
        new = [{"assignment": uid, "token": f"token of {uid}"} for uid in held if uid not in have]
        return 200, {"held": held, "items": new, **saved}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.current_task())
        while head := await reader.readline():
            path, headers = head.split()[1].decode(), {}
            while line := (await reader.readline()).strip():
                name, _, value = line.decode().partition(": ")
                headers[name] = value
            body = (await reader.readexactly(int(headers["Content-Length"]))).decode()
            fields = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
            assert headers["X-CSRFToken"] == headers["Cookie"].split(";")[0].partition("=")[2]
            status, envelope = self.reply(path, headers["Cookie"], fields)
            text = json.dumps(envelope).encode()
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%b" % (status, len(text), text))
        writer.close()
        await writer.wait_closed()


def people(count: int) -> list[Account]:
    return [Account(uid=f"uid {i}", session=f"session{i}", csrf=f"csrf{i}") for i in range(count)]


def load(stub: Stub, crowd: Crowd, accounts: int, *, seconds: float = 0.3) -> Measured:
    async def together() -> Measured:
        async with await asyncio.start_server(stub.serve, "127.0.0.1", 0) as server:
            target = Target(*server.sockets[0].getsockname(), "/claim/", "/submit/", ("yes", "no"))
            done = await work(target, people(accounts), crowd, Times(seconds, warm_up_s=0.0))
            await asyncio.gather(*filter(None, stub.serving))
            return done

    return asyncio.run(together())


def test_every_answer_is_confirmed_under_its_own_key_and_token() -> None:
    stub = Stub()
    done = load(stub, Crowd(2), accounts=2)
    assert done.log.confirmed == {a["submission_key"]: a["assignment"] for a in stub.answers}
    assert len(stub.answers) > 20
    assert {a["token"] for a in stub.answers} == {f"token of {a['assignment']}" for a in stub.answers}
    assert {a["rater"] for a in stub.answers} == {"uid 0", "uid 1"}
    assert {len(a["have"].split(",")) for a in stub.answers} == {AHEAD}
    assert (done.log.open, done.log.refused, dict(done.log.errors)) == ({}, {}, {})
    assert done.log.counts.connects == 2


def test_an_answer_that_the_server_failed_on_is_sent_again_under_the_same_key() -> None:
    stub = Stub(script=(200, 503, 502, 200))
    done = load(stub, Crowd(1), accounts=1, seconds=0.7)
    assert stub.keys[1] == stub.keys[2] == stub.keys[3] != stub.keys[0]
    assert done.figures()["server_errors"] == 2
    assert len(done.log.confirmed) == len(stub.answers)


def test_a_refused_answer_is_told_apart_and_the_next_item_follows() -> None:
    stub = Stub(script=(409,))
    done = load(stub, Crowd(1), accounts=1)
    assert list(done.log.refused) == stub.keys[:1]
    assert len(done.log.confirmed) == len(stub.keys) - 1 > 10


def test_the_next_person_sits_down_after_a_shift_and_when_nothing_is_left() -> None:
    shifts = Stub()
    done = load(shifts, Crowd(1, shift=5), accounts=3)
    assert [sum(a["rater"] == f"uid {i}" for a in shifts.answers) for i in range(3)] == [5, 5, 5]
    assert (done.log.changed_accounts, dict(done.log.stopped)) == (2, {"nothing left": 1})
    small = Stub(items=4)
    done = load(small, Crowd(1), accounts=3, seconds=5.0)
    assert (len(small.answers), done.seconds < 4) == (12, True)


def test_who_thinks_answers_less_and_the_wait_is_not_latency() -> None:
    stub = Stub()
    done = load(stub, Crowd(4, think_s=0.1), accounts=4, seconds=0.6)
    assert 8 <= len(stub.answers) <= 48
    assert max(done.seconds_of_samples) < 0.05


def test_signed_out_raters_stop() -> None:
    done = load(Stub(script=(401,)), Crowd(1), accounts=1)
    assert dict(done.log.stopped) == {"signed out": 1}
