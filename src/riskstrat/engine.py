"""The query engines, DuckDB and Spark: the only module that uses either of them.

All steps up to the feature matrix are written once, as Narwhals expressions over lazy frames. DuckDB runs them inside
this process; PySpark (extra ``spark``) runs the same expressions on a cluster. `DuckEngine` also reads extracts,
because converting a CSV file to Parquet needs only DuckDB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


Frame = nw.LazyFrame[Any]
Opener = Callable[[str], Frame]
Inputs = Mapping[str, Path]
EngineError = duckdb.Error
UnreadableError = (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException, duckdb.DataError)


class Engine(Protocol):
    """The methods that a build uses."""

    def table(self, rows: pa.Table) -> Frame:
        """Turn a small table into a lazy frame."""

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame once, so that it can be used several times."""

    def join_all(self, left: Frame, others: Sequence[Frame], on: str) -> Frame:
        """Left-join frames to a frame by one key, each computed once."""

    def each(
        self, parts: Sequence[Inputs], make: Callable[[Opener], Mapping[str, Frame]]
    ) -> Iterator[dict[str, pa.Table]]:
        """Make the same frames from each part of the store, one part in memory at a time.

        `make` is called with a function that opens a table by name.
        """


class DuckEngine:
    """DuckDB in this process; it spills to a folder above its memory limit. 0 threads means all cores."""

    def __init__(self, memory_limit_gb: float = 2.0, threads: int = 0, spill: Path | None = None) -> None:
        loads_nothing = ("autoinstall_known_extensions", "autoload_known_extensions")
        self._con = duckdb.connect(config=dict.fromkeys(loads_nothing, "false"))
        self._con.execute("SET preserve_insertion_order = false")
        self._con.execute("SET enable_progress_bar = false")
        self._con.execute(f"SET memory_limit = '{memory_limit_gb:.2f}GB'")
        if threads:
            self._con.execute(f"SET threads = {int(threads)}")
        if spill is not None:
            self._con.execute(f"SET temp_directory = {quoted_text(str(spill))}")
        self._kept: dict[str, str] = {}
        self._serial = 0

    def table(self, rows: pa.Table) -> Frame:
        """Turn a small table into a lazy frame; the rows are copied, so the caller may drop the table."""
        name = self._new_name()
        self._con.from_arrow(rows).create(name)
        return nw.from_native(self._con.table(name))

    def keep(self, frame: Frame) -> Frame:
        """Compute a frame once and store it as a temporary table."""
        name, query = self._new_name(), nw.to_native(frame).sql_query()
        self._con.execute(f"CREATE TABLE {name} AS {query}")
        self._kept[name] = query
        return nw.from_native(self._con.table(name))

    def join_all(self, left: Frame, others: Sequence[Frame], on: str) -> Frame:
        """Join all frames in one statement: with one join at a time DuckDB binds hundreds of columns each time."""
        names = [self.name_of(self.keep(frame)) for frame in (left, *others)]
        columns = ", ".join(["l.*", *(f"t{i}.* EXCLUDE ({quoted_name(on)})" for i in range(len(others)))])
        joins = " ".join(f"LEFT JOIN {name} t{i} USING ({quoted_name(on)})" for i, name in enumerate(names[1:]))
        return nw.from_native(self._con.sql(f"SELECT {columns} FROM {names[0]} l {joins}"))

    def each(
        self, parts: Sequence[Inputs], make: Callable[[Opener], Mapping[str, Frame]]
    ) -> Iterator[dict[str, pa.Table]]:
        """Compile the statements for the first part, then run them again with the tables of each other part."""
        wanted: dict[str, str] = {}
        for number, part in enumerate(parts):
            self._point_to(part)
            if number == 0:
                made = make(lambda name: nw.from_native(self._con.table(quoted_name(f"input_{name}"))))
                wanted = {name: nw.to_native(frame).sql_query() for name, frame in made.items()}
            else:
                self._again()
            yield {name: self._con.sql(query).to_arrow_table() for name, query in wanted.items()}
        self.drop(tuple(self._kept))
        self._kept.clear()

    def _point_to(self, part: Inputs) -> None:
        for name, path in part.items():
            source = f"read_parquet({quoted_text(literal_path(path))}, hive_partitioning = false)"
            self._con.execute(f"CREATE OR REPLACE VIEW {quoted_name(f'input_{name}')} AS SELECT * FROM {source}")

    def _again(self) -> None:
        self.drop(tuple(self._kept))
        for name, query in self._kept.items():
            self._con.execute(f"CREATE TABLE {name} AS {query}")

    def sql(self, query: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyRelation:
        """Run a query written by this project; all outside values are quoted or parameters."""
        return self._con.sql(query, params=list(parameters) or None)

    def execute(self, query: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement written by this project."""
        self._con.execute(query, list(parameters))

    def name_of(self, frame: Frame) -> str:
        """Return the name of a kept frame, for use in SQL."""
        return str(nw.to_native(frame).alias)

    def drop(self, frames: Sequence[str]) -> None:
        """Drop tables by name."""
        for name in frames:
            self._con.execute(f"DROP TABLE IF EXISTS {name}")

    def _new_name(self) -> str:
        self._serial += 1
        return f"kept_{self._serial}"


class SparkEngine:
    """PySpark, local or on a cluster, as the session is set up."""

    def __init__(self, session: SparkSession) -> None:
        self._spark = session
        self._kept: list[Any] = []

    def table(self, rows: pa.Table) -> Frame:
        """Turn a small table into a lazy frame."""
        frame: Frame = nw.from_native(self._spark.createDataFrame(rows))
        return frame

    def keep(self, frame: Frame) -> Frame:
        """Cache a frame, so that it can be used several times."""
        native = nw.to_native(frame).cache()
        self._kept.append(native)
        kept: Frame = nw.from_native(native)
        return kept

    def join_all(self, left: Frame, others: Sequence[Frame], on: str) -> Frame:
        """Join the frames one by one; Spark plans the joins together."""
        for frame in others:
            left = left.join(self.keep(frame), on=on, how="left")
        return left

    def each(
        self, parts: Sequence[Inputs], make: Callable[[Opener], Mapping[str, Frame]]
    ) -> Iterator[dict[str, pa.Table]]:
        """Make the frames part by part; release the cache of each part before the next."""
        for part in parts:
            made = make(lambda name, part=part: nw.from_native(self._spark.read.parquet(str(part[name]))))  # type: ignore[misc]
            yield {name: nw.to_native(frame).toArrow() for name, frame in made.items()}
            for native in self._kept:
                native.unpersist()
            self._kept.clear()


def engine_version() -> str:
    """Return the version of DuckDB, whose hash() decides which part a patient's rows go to."""
    return str(duckdb.__version__)


def quoted_text(text: str) -> str:
    """Write a SQL string literal.

    >>> quoted_text("O'Neill")
    "'O''Neill'"
    """
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """Write a SQL identifier, with any quotes in it escaped.

    >>> quoted_name('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal_path(path: Path) -> str:
    """Escape a path so that DuckDB does not read it as a pattern.

    >>> literal_path(Path("a[1]*.csv"))
    'a[[]1][*].csv'
    """
    return "".join(f"[{c}]" if c in "*?[" else c for c in str(path))


def write_table(rows: pa.Table, path: Path) -> None:
    """Write a table as Parquet."""
    pq.write_table(rows, path, compression="zstd")


def read_batches(path: Path, columns: Sequence[str] | None = None, rows: int = 100_000) -> Iterator[pa.Table]:
    """Read a Parquet file in batches of at most `rows` rows."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=rows, columns=list(columns) if columns else None):
            yield pa.Table.from_batches([batch])
