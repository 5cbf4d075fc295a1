"""Teams and members: the people whose roles count in the admin API beside those of keys."""

import time
from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from seawall.core.errors import InputError, NotFoundError
from seawall.core.roles import Actor, Role, roles_of
from seawall.store.changes import note_change
from seawall.store.db import Store
from seawall.store.tables import keys, members, teams

MAX_NAME = 200


class Team(msgspec.Struct, frozen=True, kw_only=True):
    """A team; `created` in Unix seconds."""

    team: str
    name: str
    created: int


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A person whom an issuer knows: `member` is `ISSUER:SUBJECT`. `created` in Unix seconds."""

    member: str
    team: str
    roles: tuple[Role, ...]
    created: int


def list_teams(store: Store) -> list[Team]:
    """Return every team, by id."""
    with store.read() as connection:
        rows = connection.execute(sa.select(teams).order_by(teams.c.team)).all()
    return [Team(**row._mapping) for row in rows]


def put_team(store: Store, team: str, name: str, *, actor: Actor) -> Team:
    """Create a team or rename it. Raises InputError."""
    _plain(team)
    now = int(time.time())
    with store.write() as connection:
        changed = connection.execute(
            sa.update(teams).where(teams.c.team == team).values(name=name[:MAX_NAME])
        )
        if changed.rowcount == 0:
            row = {"team": team, "name": name[:MAX_NAME], "created": now}
            connection.execute(sa.insert(teams), row)
        created = connection.scalar(sa.select(teams.c.created).where(teams.c.team == team))
        note_change(connection, actor, "team.put", team, {})
    return Team(team=team, name=name[:MAX_NAME], created=int(created or now))


def remove_team(store: Store, team: str, *, actor: Actor) -> None:
    """Delete a team. Raises NotFoundError; InputError while members or keys belong to it."""
    with store.write() as connection:
        for table in (members, keys):
            used = sa.select(sa.func.count()).select_from(table).where(table.c.team == team)
            if table is keys:
                used = used.where(keys.c.revoked.is_(None))
            if connection.scalar(used):
                raise InputError(
                    f"Members or keys belong to the team {team}.", hint="Move or revoke them first."
                )
        if connection.execute(sa.delete(teams).where(teams.c.team == team)).rowcount == 0:
            raise NotFoundError(f"There is no team {team}.")
        note_change(connection, actor, "team.remove", team, {})


def list_members(store: Store) -> list[Member]:
    """Return every member, by id."""
    with store.read() as connection:
        rows = connection.execute(sa.select(members).order_by(members.c.member)).all()
    return [_member(row) for row in rows]


def put_member(
    store: Store, member: str, *, team: str, roles: Sequence[str], actor: Actor
) -> Member:
    """Create a member or replace their team and roles. Raises InputError, NotFoundError."""
    _plain(member)
    given, now = roles_of(roles), int(time.time())
    values = {"team": team, "roles": " ".join(given)}
    with store.write() as connection:
        known = sa.select(sa.func.count()).select_from(teams).where(teams.c.team == team)
        if team and not connection.scalar(known):
            raise NotFoundError(f"There is no team {team}.", hint="Create it first.")
        place = members.c.member == member
        if connection.execute(sa.update(members).where(place).values(**values)).rowcount == 0:
            connection.execute(sa.insert(members), {"member": member, "created": now, **values})
        row = connection.execute(sa.select(members).where(place)).one()
        note_change(connection, actor, "member.put", member, values)
    return _member(row)


def change_role(store: Store, member: str, role: str, *, held: bool, actor: Actor) -> Member:
    """Give a member a role or take it away; the others stay. Raises InputError, NotFoundError.

    Nothing is changed, and nothing noted, where it is so already.
    """
    (wanted,) = roles_of([role])
    place = members.c.member == member
    with store.write() as connection:
        row = connection.execute(sa.select(members).where(place)).first()
        if row is None:
            raise NotFoundError(
                f"There is no member {member}.", hint="`seawall members create` creates one."
            )
        before = _member(row)
        if (wanted in before.roles) == held:
            return before
        roles = (
            (*before.roles, wanted) if held else tuple(r for r in before.roles if r is not wanted)
        )
        connection.execute(sa.update(members).where(place).values(roles=" ".join(roles)))
        action = "role.grant" if held else "role.revoke"
        note_change(connection, actor, action, member, {"role": wanted.value})
    return msgspec.structs.replace(before, roles=roles)


def remove_member(store: Store, member: str, *, actor: Actor) -> None:
    """Delete a member; their roles end at once. Raises NotFoundError."""
    with store.write() as connection:
        gone = connection.execute(sa.delete(members).where(members.c.member == member))
        if gone.rowcount == 0:
            raise NotFoundError(f"There is no member {member}.")
        note_change(connection, actor, "member.remove", member, {})


def end_roles(store: Store, member: str, *, actor: Actor) -> Member:
    """Take a member's roles away, and keep their team. Raises NotFoundError."""
    place = members.c.member == member
    with store.write() as connection:
        if connection.execute(sa.update(members).where(place).values(roles="")).rowcount == 0:
            raise NotFoundError(f"There is no member {member}.")
        row = connection.execute(sa.select(members).where(place)).one()
        note_change(connection, actor, "member.put", member, {"team": row.team, "roles": ""})
    return _member(row)


def roles_of_member(store: Store, member: str) -> tuple[Role, ...]:
    """Return a member's roles; none for somebody unknown."""
    statement = sa.select(members).where(members.c.member == member)
    with store.read() as connection:
        row = connection.execute(statement).first()
    return () if row is None else _member(row).roles


def _member(row: sa.Row[tuple[object, ...]]) -> Member:
    value = dict(row._mapping)
    value["roles"] = tuple(Role(role) for role in value["roles"].split())
    return Member(**value)


def _plain(text: str) -> None:
    if not text or len(text) > MAX_NAME or not text.isprintable() or any(c.isspace() for c in text):
        raise InputError(f"An id has 1 to {MAX_NAME} characters and no blanks.")
