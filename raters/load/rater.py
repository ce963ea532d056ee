"""One rater: claims once, then answers, and takes the next item from the reply to each answer."""

from __future__ import annotations

import asyncio
import json
import random
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from .http import Broken, Connection, Counts, Reply

PAUSE_BEFORE_RESENDING_S = 0.2
GIVE_UP_AFTER = 25  # times that one answer was sent, or answers refused


@dataclass(frozen=True, slots=True)
class Target:
    """Where the raters work, and what a browser would send along."""

    host: str
    port: int
    claim_path: str
    submit_path: str
    levels: tuple[str, ...]
    https: bool = False  # as behind a proxy that ends TLS

    def headers(self) -> str:
        scheme = "https" if self.https else "http"
        told = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 127.0.0.1\r\n" if self.https else ""
        return (
            f"Host: {self.host}:{self.port}\r\nOrigin: {scheme}://{self.host}:{self.port}\r\n{told}"
            "Accept: application/json\r\nX-Requested-With: XMLHttpRequest\r\n"
            "Content-Type: application/x-www-form-urlencoded;charset=UTF-8\r\n"
        )


@dataclass(frozen=True, slots=True)
class Account:
    uid: str
    session: str
    csrf: str


class Held(NamedTuple):
    """An item that the rater has claimed, and its token."""

    assignment: str
    token: str


class Sample(NamedTuple):
    """An answer confirmed: when it was sent, and how long until the next item was there."""

    at: float
    seconds: float


@dataclass(slots=True)
class Log:
    """What the raters of a phase sent and got."""

    samples: list[Sample] = field(default_factory=list)
    confirmed: dict[str, str] = field(default_factory=dict)  # submission key -> assignment
    open: dict[str, str] = field(default_factory=dict)  # sent, and never confirmed nor refused
    refused: dict[str, str] = field(default_factory=dict)
    confirmed_twice: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    counts: Counts = field(default_factory=Counts)
    claims: list[float] = field(default_factory=list)
    changed_accounts: int = 0
    stopped: Counter[str] = field(default_factory=Counter)

    def add(self, other: Log) -> None:
        """Take over what another phase on the same set sent."""
        self.confirmed |= other.confirmed
        self.open |= other.open
        self.refused |= other.refused
        self.confirmed_twice += other.confirmed_twice


class SignedOut(Exception):
    """The server wants a sign-in, or says that this is not the rater's place."""


class RefusedTooOften(Exception):
    """Something is wrong with the load or the server; going on would measure refusals."""


class Rater:
    """Works under one account after the other: a person stops after `shift` answers, and the next one sits down."""

    def __init__(
        self, target: Target, accounts: Iterator[Account], log: Log, rng: random.Random, *, shift: int, think_s: float
    ) -> None:
        self.target, self.accounts, self.log, self.rng = target, accounts, log, rng
        self.shift, self.think_s = shift, think_s
        self.connection = Connection(target.host, target.port, log.counts)
        self.held: list[Held] = []
        self.answered = 0
        self._sit_down(next(accounts))

    def _sit_down(self, account: Account) -> None:
        self.account = account
        self.held, self.answered, self.refused = [], 0, 0
        common = (
            f"{self.target.headers()}X-CSRFToken: {account.csrf}\r\n"
            f"Cookie: csrftoken={account.csrf}; sessionid={account.session}\r\nContent-Length: "
        )
        self.claim_head = f"POST {self.target.claim_path} HTTP/1.1\r\n{common}".encode()
        self.submit_head = f"POST {self.target.submit_path} HTTP/1.1\r\n{common}".encode()

    async def work(self, until: float) -> None:
        """Until the clock says so, or nobody is left for whom there is an item."""
        try:
            await asyncio.sleep(self.rng.uniform(0, self.think_s))
            while time.perf_counter() < until:
                if self.answered >= self.shift or not (self.held or await self._claim()):
                    if not self._next_person():
                        return
                    continue
                if self.think_s:
                    await asyncio.sleep(self.rng.uniform(0.5 * self.think_s, 1.5 * self.think_s))
                    if time.perf_counter() >= until:
                        break
                await self._answer(until)
            self.log.stopped["time"] += 1
        except SignedOut:
            self.log.stopped["signed out"] += 1
        except RefusedTooOften:
            self.log.stopped["refused too often"] += 1
        finally:
            self.connection.close()

    def _next_person(self) -> bool:
        account = next(self.accounts, None)
        if account is None:
            self.log.stopped["nothing left"] += 1
            return False
        self.log.changed_accounts += 1
        self._sit_down(account)
        return True

    async def _claim(self) -> bool:
        body = urlencode({"have": "", "rater": self.account.uid}).encode()
        begun = time.perf_counter()
        reply = await self._send(self.claim_head, body)
        if reply is None or reply.status != 200:
            await asyncio.sleep(PAUSE_BEFORE_RESENDING_S)
            return bool(reply and reply.status >= 500)
        self.log.claims.append(time.perf_counter() - begun)
        self._take(json.loads(reply.body))
        return bool(self.held)

    async def _answer(self, until: float) -> None:
        if not self.held:
            return
        item = self.held[0]
        key = str(uuid.uuid4())
        body = self._fields(item, key)
        self.log.open[key] = item.assignment
        for _ in range(GIVE_UP_AFTER):
            begun = time.perf_counter()
            reply = await self._send(self.submit_head, body)
            ended = time.perf_counter()
            if reply is not None and reply.status < 500:
                self._settle(reply, key, item, Sample(begun, ended - begun))
                return
            if ended > until:
                return
            await asyncio.sleep(PAUSE_BEFORE_RESENDING_S)

    def _fields(self, item: Held, key: str) -> bytes:
        fields = {
            "assignment": item.assignment, "token": item.token, "answer": "level",
            "level": self.rng.choice(self.target.levels), "reason": "", "confidence": "", "rationale": "",
            "evidence_ms": "", "duration_ms": str(self.rng.randrange(1500, 9000)), "submission_key": key,
            "revises": "", "have": ",".join(held.assignment for held in self.held), "rater": self.account.uid,
        }  # fmt: skip
        return urlencode(fields).encode()

    def _settle(self, reply: Reply, key: str, item: Held, sample: Sample) -> None:
        log = self.log
        del log.open[key]
        self.held.remove(item)
        if reply.status == 200:
            envelope = json.loads(reply.body)
            if envelope["saved"]["submission_key"] != key:
                log.errors["another key was confirmed"] += 1
            log.samples.append(sample)
            log.confirmed_twice += key in log.confirmed
            log.confirmed[key] = item.assignment
            self.answered += 1
            self._take(envelope)
            return
        log.refused[key] = item.assignment
        self.refused += 1
        if reply.status in (301, 302, 401, 403):
            raise SignedOut
        if self.refused >= GIVE_UP_AFTER:
            raise RefusedTooOften
        try:
            self._take(json.loads(reply.body))
        except ValueError:
            self.held = []

    def _take(self, envelope: dict[str, Any]) -> None:
        """The claims the server says we hold; the content of those that we had is not sent again."""
        known = {held.assignment: held for held in self.held}
        known |= {item["assignment"]: Held(item["assignment"], item["token"]) for item in envelope.get("items", ())}
        uids = envelope.get("held", ())
        if not known.keys() >= set(uids):
            self.log.errors["held without content"] += 1
        self.held = [known[uid] for uid in uids if uid in known]

    async def _send(self, head: bytes, body: bytes) -> Reply | None:
        try:
            reply = await self.connection.send(b"%b%d\r\n\r\n%b" % (head, len(body), body))
        except (Broken, OSError, TimeoutError) as error:
            self.log.errors[str(error) or type(error).__name__] += 1
            return None
        self.log.statuses[reply.status] += 1
        return reply
