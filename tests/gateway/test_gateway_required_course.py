"""A function that needs a course answers only end users who have passed it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openai
import pytest
import sqlalchemy as sa
from fault_support import until
from gateway_support import Gateway, Provider, gateway_of
from servers import Postgres

from seawall.core.errors import InputError
from seawall.core.roles import OPERATOR
from seawall.gateway.settings import Settings
from seawall.gateway.steps import courses
from seawall.gateway.steps.courses import CourseStep
from seawall.govern.people.courses import course_of, grade
from seawall.govern.people.training import complete
from seawall.policy.load import decode_policy
from seawall.store.acceptances import accept
from seawall.store.db import URL_ENV, Store, open_store

HI: Any = [{"role": "user", "content": "Hi"}]
TODAY = datetime.now(UTC).date()
POLICY = """\
version: 1
application: shop
upstreams:
  - name: main
    base_url: {url}
    models: {{small: {{input_per_million: 1, output_per_million: 1}}}}
functions:
  chat: {{courses: [data]}}
"""


@pytest.fixture
def gateway(
    provider: Provider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    provider.reset()
    monkeypatch.setattr(courses, "_SECONDS", 0.0)
    policy = decode_policy(POLICY.format(url=provider.url), "p")
    with gateway_of(policy, provider, tmp_path) as made:
        yield made


def ask(gateway: Gateway, **fields: Any) -> Any:
    return gateway.client().chat.completions.create(model="small", messages=HI, **fields)


def passed(
    store: Store, person: str, course: str = "data", *, days_ago: int = 0, **at: str
) -> None:
    card = course_of(course)
    found = grade(card, [question.answer for question in card.quiz])
    day = TODAY - timedelta(days=days_ago)
    complete(store, at.get("application", "shop"), card, person, found, today=day, actor=OPERATOR)


def test_only_who_passed_the_course_is_answered(gateway: Gateway) -> None:
    store = gateway.store
    for fields in ({}, {"user": "anna"}):
        with pytest.raises(openai.PermissionDeniedError) as caught:
            ask(gateway, **fields)
        assert caught.value.code == "course_required"
        assert caught.value.body["seawall"]["controls"] == ["CTL-LITERACY"]  # type: ignore[index]
    passed(store, "anna", "basics")
    passed(store, "anna", days_ago=366)
    passed(store, "anna", application="bank")
    passed(store, "ben")
    with pytest.raises(openai.PermissionDeniedError):
        ask(gateway, user="anna")
    assert ask(gateway, user="ben").choices[0].message.content == "Hello."
    passed(store, "anna")
    assert ask(gateway, user="anna").choices[0].message.content == "Hello."
    assert len(gateway.provider.seen) == 2, "who is refused costs nothing"


def test_a_policy_that_names_an_unknown_course_does_not_start(tmp_path: Path) -> None:
    policy = decode_policy(POLICY.format(url="http://127.0.0.1:9/v1").replace("data", "yoga"), "p")
    with pytest.raises(InputError, match="no course 'yoga'"):
        CourseStep(policy, open_store(tmp_path))


async def test_the_register_is_not_read_for_every_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, reads = [0.0], []
    policy = decode_policy(POLICY.format(url="http://127.0.0.1:9/v1"), "p")
    store = open_store(tmp_path)
    step = CourseStep(policy, store, clock=lambda: now[0])
    inner = step._read
    monkeypatch.setattr(step, "_read", lambda day: (reads.append(day), inner(day))[1])
    passed(store, "anna")
    for moment, count in ((0.0, 1), (9.0, 1), (10.0, 2), (19.9, 2)):
        now[0] = moment
        assert ("anna", "data") in await step._known()
        assert len(reads) == count


async def test_who_has_passed_outlives_the_database_as_long_as_a_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    policy = decode_policy(POLICY.format(url="http://127.0.0.1:9/v1"), "p")
    store = open_store(tmp_path)
    step = CourseStep(policy, store, lambda: now[0], stale_seconds=60.0)

    def away() -> Any:
        raise sa.exc.OperationalError("", None, Exception())

    with monkeypatch.context() as outage, pytest.raises(sa.exc.OperationalError):
        outage.setattr(store, "read", away)
        await step._known()
    passed(store, "anna")
    assert ("anna", "data") in await step._known()
    monkeypatch.setattr(store, "read", away)
    now[0] += 59
    assert ("anna", "data") in await step._known()
    after = CourseStep(policy, store, lambda: now[0], stale_seconds=60.0)
    after.follow(step)
    assert ("anna", "data") in await after._known()
    now[0] += 2
    with pytest.raises(sa.exc.OperationalError):
        await step._known()


@pytest.mark.one_place("PostgreSQL that is away")
@pytest.mark.parametrize("stale", [900.0, 0.0])
def test_a_function_with_a_course_goes_on_without_the_database(
    stale: float, provider: Provider, postgres: Postgres, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Who accepted and has passed is answered meanwhile, for as long as keys count."""
    provider.reset()
    monkeypatch.setattr(courses, "_SECONDS", 0.0)
    monkeypatch.setenv(URL_ENV, postgres.migrated())
    usage = 'usage_policy: {version: "1", required: true}\n'
    policy = decode_policy(POLICY.format(url=provider.url) + usage, "p")
    settings = Settings(drain_seconds=2, stale_seconds=stale)
    with gateway_of(policy, provider, tmp_path, settings) as gateway:
        passed(gateway.store, "anna")
        accept(gateway.store, "anna", "shop", "1")
        assert ask(gateway, user="anna").choices
        postgres.kill()
        try:
            if stale:
                assert ask(gateway, user="anna").choices
            for user in ("ben",) if stale else ("anna", "ben"):
                with pytest.raises(openai.InternalServerError) as caught:
                    ask(gateway, user=user)
                assert caught.value.status_code == 503, "nobody knows what ben did"
        finally:
            postgres.start()
        until(lambda: not gateway.store.away_seconds and not gateway.audit.journaled)
