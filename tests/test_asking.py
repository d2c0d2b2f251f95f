"""What is asked as data is answered by a worker in one job, the same as in one process."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from communique import asking, jsontext, media, shares
from communique.answer import Page
from communique.asking import Answering, Known, Made, Question, Told
from communique.content import Content
from communique.errors import BadRequest, Gone, NotFound
from communique.process.served import Served
from communique.service import Service
from communique.settings import Settings
from communique.vocab import node


class Counting(Served):
    """A store that counts the jobs it gives."""

    jobs = 0
    told: Told

    def answer(self, told: Told) -> Made:
        self.jobs += 1
        self.told = told
        return super().answer(told)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, content: Content) -> Iterator[Service]:
    settings = Settings(store=str(tmp_path_factory.mktemp("asking") / "store"))
    served = Counting(Path(settings.store), content, settings)
    yield Service.over(served, content, settings)
    served.close()


def jobs(service: Service) -> int:
    assert isinstance(service.store, Counting)
    return service.store.jobs


def test_many_questions_are_one_job(service: Service) -> None:
    one, every = service.catalog["attack-claims"], service.catalog["attacks"]
    before = jobs(service)
    claims, attacks = service.ask_all([(one, {"attack": "balad-20-february"}, None), (every, {}, Page(1))])
    assert jobs(service) == before + 1
    assert claims.rows
    assert claims.query is one
    assert claims.version == attacks.version == service.store.version
    assert len(attacks.rows) == 1
    assert attacks.next
    assert attacks.rows[0]["attack"]["label"]
    assert service.ask(one, {"attack": "balad-20-february"}).rows == claims.rows


def test_one_that_fails_fails_all(service: Service) -> None:
    one = service.catalog["attack-claims"]
    with pytest.raises(NotFound, match="nowhere") as failed:
        service.ask_all([(one, {"attack": "balad-20-february"}, None), (one, {"attack": "nowhere"}, None)])
    assert failed.value.extra == {"parameter": "attack"}


def test_a_page_of_an_older_version_is_gone(service: Service) -> None:
    attacks = service.catalog["attacks"]
    token = service.ask(attacks, {}, Page(1)).next
    service.store.update("INSERT DATA { <urn:a> <urn:b> 1 }")
    with pytest.raises(Gone, match="changed"):
        service.ask(attacks, {}, Page(1, token))


def test_the_same_question_is_asked_once(service: Service) -> None:
    told = asking.ledger("balad-20-february", {}, media.JSON)
    before, found = jobs(service), list[Made]()
    threads = [threading.Thread(target=lambda: found.append(service.made(told))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    assert jobs(service) == before + 1
    service.store.update("INSERT DATA { <urn:a> <urn:b> 2 }")
    assert service.made(told).version == service.store.version


def test_a_worker_answers_as_one_process_does(service: Service, content: Content) -> None:
    here = Answering(service.store.pinned(), Known.of(content))
    iri = node("event", "balad-20-february")
    questions = [
        *(asking.ledger("balad-20-february", {}, form) for form in (media.JSON, media.TURTLE)),
        *(asking.node(iri, form) for form in (asking.PAGE, media.JSONLD)),
        *(asking.row(iri, form) for form in (media.JSON, media.NTRIPLES)),
        *(
            asking.rows((query, query.example, Page() if query.paged else None), form)
            for query in service.catalog.queries.values()
            for form in (media.JSON, media.CSV)
        ),
    ]
    for told in questions:
        assert here.made(told) == service.store.answer(told)


def rest(service: Service) -> None:
    """Wait until no worker has anything to do: of a ledger that failed, the other share may still be at work."""
    ends = time.monotonic() + 30
    while service.store.free() < shares.SHARES and time.monotonic() < ends:
        time.sleep(0.01)


def test_a_ledger_in_two_jobs_is_the_same_to_the_byte(service: Service, content: Content) -> None:
    here = Answering(service.store.pinned(), Known.of(content))
    parts = here.catalog.ledger()
    shared = shares.parted(parts)
    assert sorted(part for share in shared for part in share) == sorted(parts)
    assert len(shared) == shares.SHARES

    async def both(told: Told) -> Made:
        assert service.store.free() >= shares.SHARES
        return await service.made_soon(told)

    for attack in ("balad-20-february", "balad-monday"):
        for given in ({}, {"as_of": "2021-03-16"}):
            told = asking.ledger(attack, given, media.JSON)
            rest(service)
            assert asyncio.run(both(told)) == here.made(told)
    for attack, given, wrong in (("nowhere", {}, NotFound), ("balad-monday", {"at": "noon"}, BadRequest)):
        rest(service)
        with pytest.raises(wrong):
            asyncio.run(both(asking.ledger(attack, given, media.JSON)))


def test_integers_keep_their_digits() -> None:
    big = {"rows": [{"n": 10**30, "m": -(2**70), "yes": True, "small": 1, "text": "é"}]}
    assert jsontext.written(big) == (
        b'{"rows":[{"n":1000000000000000000000000000000,"m":-1180591620717411303424,"yes":true,"small":1,"text":"\xc3\xa9"}]}'
    )


def test_what_is_asked_twice_at_one_time_is_asked_once(service: Service) -> None:
    attacks, claims = (service.catalog[name] for name in ("attacks", "attack-claims"))
    questions: list[Question] = [(claims, {"attack": "balad-20-february"}, None), (attacks, {}, Page(1))]
    alone = [service.ask_all([question])[0] for question in questions]
    assert service.ask_all([*questions, questions[0]]) == [*alone, alone[0]]
    assert isinstance(service.store, Counting)
    assert [question["query"] for question in service.store.told["asked"]] == ["attack-claims", "attacks"]
