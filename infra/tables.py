"""What the database holds, for SQLite and Postgres alike. Times are epoch seconds; JSON is text.

streams ─< events        one durable log for each project and each job
tenants ─< keys, projects ─< versions, runs, publications
idempotency · quota · daily · ledger · leases · workers · templates · experiments ─< exposures, outcomes · timings
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()
UNDER_WAY = ("queued", "running", "waiting")
"""The states of a run that has not ended."""
ENDED = ("done", "failed", "cancelled")
"""The states of one that has."""
SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _id(name: str = "id") -> Column[str]:
    return Column(name, String(64), primary_key=True)


def _reference(name: str) -> Column[str]:
    return Column(name, String(64), nullable=False, index=True)


streams = Table(
    "streams",
    metadata,
    _id(),
    Column("last", Integer, nullable=False, default=0),  # the sequence number of its latest event
    Column("active", Integer, nullable=False, default=0),  # runs that have not ended
)

events = Table(
    "events",
    metadata,
    Column("id", SERIAL, primary_key=True, autoincrement=True),  # in SQLite, in the order of commits
    Column("stream", String(64), nullable=False),
    Column("seq", Integer, nullable=False),  # 1, 2, 3, … within the stream, without gaps
    Column("uid", String(200), nullable=False),  # what happened: the same happening is logged once
    Column("at", Float, nullable=False),
    Column("kind", String(64), nullable=False),
    Column("run", String(64), nullable=False),
    Column("data", Text, nullable=False),
    UniqueConstraint("stream", "seq"),
    UniqueConstraint("stream", "uid"),
)

tenants = Table(
    "tenants", metadata, _id(), Column("name", Text, nullable=False), Column("created", Float, nullable=False)
)

keys = Table(
    "keys",
    metadata,
    _id(),
    _reference("tenant"),
    Column("user", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),  # SHA-256 of the key; the key itself is nowhere
    Column("scopes", Text, nullable=False),  # JSON list
    Column("created", Float, nullable=False),
    Column("revoked", Float),
)

projects = Table(
    "projects",
    metadata,
    _id(),  # also the id of its stream
    Column("tenant", String(64), nullable=False),
    Column("user", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("revision", Integer, nullable=False, default=1),  # its ETag: one more with every change
    Column("brief", Text, nullable=False),
    Column("edits", Text, nullable=False),
    Column("version", Integer),  # the version that is shown
    Column("created", Float, nullable=False),
    Column("updated", Float, nullable=False),
    Column("deleted", Float),
    Index("projects_by_tenant", "tenant", "id"),
)

versions = Table(
    "versions",
    metadata,
    _id("project"),
    Column("number", Integer, primary_key=True),
    Column("brief", Text, nullable=False),
    Column("edits", Text, nullable=False),
    Column("run", String(64), nullable=False),
    Column("film", Text),  # tasks.schema.Film as JSON, once it is made
    Column("created", Float, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _id(),  # ours; also Prefect's idempotency key
    Column("flow_run", String(64), index=True),  # Prefect's, once it was triggered
    Column("flow", String(64), nullable=False),  # deployment name: film, anchor, text, image-storyboard, audio, video
    _reference("stream"),  # the project's, or the job's own
    _reference("tenant"),
    Column("user", String(64), nullable=False),
    Column("version", Integer),  # of the project, for films
    Column("payload", String(64), nullable=False, index=True),  # digest of what was asked for
    Column("parameters", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),  # queued running waiting done failed cancelled
    Column("attempt", Integer, nullable=False, default=1),
    Column("trace", Text),  # W3C traceparent of the request
    Column("created", Float, nullable=False),
    Column("ended", Float),
)

publications = Table(
    "publications",
    metadata,
    _id("slug"),  # the address of its public page, which no newer version changes
    Column("project", String(64), nullable=False, unique=True),
    Column("version", Integer, nullable=False),  # the one that was published last
    _reference("tenant"),
    Column("user", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("film", Text, nullable=False),  # JSON: what the page shows of it
    Column("embed", Boolean, nullable=False),  # may be shown in pages elsewhere
    Column("download", Boolean, nullable=False),
    Column("rights", Boolean, nullable=False),  # whether the user confirmed to hold them in own pictures and songs
    Column("created", Float, nullable=False),
    Column("published", Float, nullable=False),  # when that version was
    Column("withdrawn", Float),
)

idempotency = Table(
    "idempotency",
    metadata,
    _id("tenant"),
    Column("key", String(200), primary_key=True),
    Column("fingerprint", String(64), nullable=False),  # of method, path and body
    Column("status", Integer),  # none: the first request is still under way
    Column("headers", Text),
    Column("body", LargeBinary),
    Column("created", Float, nullable=False),
)

quota = Table("quota", metadata, _id("key"), Column("hits", Text, nullable=False))
"""The times of the latest requests of a key, as JSON, oldest first."""

daily = Table(
    "daily", metadata, _id("key"), Column("day", String(10), primary_key=True), Column("count", Integer, nullable=False)
)

ledger = Table(
    "ledger",
    metadata,
    _id("run"),
    _reference("tenant"),
    Column("user", String(64), nullable=False),
    Column("day", String(10), nullable=False),
    Column("reserved_micros", BigInteger, nullable=False),  # millionths of the currency
    Column("reserved_seconds", Float, nullable=False),
    Column("spent_micros", BigInteger),  # once it is settled
    Column("spent_seconds", Float),
    Index("ledger_by_day", "tenant", "day"),
)

leases = Table(
    "leases", metadata, Column("name", String(200), primary_key=True), Column("holder", String(64), nullable=False),
    Column("until", Float, nullable=False),
)  # fmt: skip

workers = Table(
    "workers",
    metadata,
    _id(),
    Column("started", Float, nullable=False),
    Column("beat", Float, nullable=False),  # when it last said that it lives
    Column("running", Integer, nullable=False),
    Column("offers", Text, nullable=False),  # JSON: flows, voices by language, engines, weights that are missing, pools
)

templates = Table(
    "templates",
    metadata,
    _id("tenant"),
    Column("name", String(64), primary_key=True),
    Column("language", String(2), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("wording", Text, nullable=False),  # JSON: what the tenant says otherwise
    Column("created", Float, nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    _id(),
    _reference("tenant"),
    Column("name", Text, nullable=False),
    Column("variants", Text, nullable=False),  # JSON list: name, weight, what of the brief it sets
    Column("state", String(16), nullable=False),  # running stopped
    Column("created", Float, nullable=False),
)

exposures = Table(
    "exposures", metadata, _id("experiment"), Column("user", String(64), primary_key=True),
    Column("variant", String(64), nullable=False), Column("at", Float, nullable=False),
)  # fmt: skip

outcomes = Table(
    "outcomes", metadata, _id("experiment"), Column("user", String(64), primary_key=True),
    Column("metric", String(64), primary_key=True), Column("at", Float, nullable=False),
)  # fmt: skip

timings = Table(
    "timings", metadata, _id("step"), Column("engine", String(200), primary_key=True),
    Column("count", Integer, nullable=False), Column("seconds", Float, nullable=False),
)  # fmt: skip
"""How long each step took in all, when it was not reused: what estimates are made of."""
