"""The engines that every spec runs on, one session each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from riskstrat.engine import DuckEngine, Engine, SparkEngine

ON_SPARK = (
    pytest.mark.spark,
    pytest.mark.filterwarnings(
        "ignore::pytest.PytestUnraisableExceptionWarning"
    ),  # sockets PySpark leaves to the collector
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
)


@pytest.fixture(scope="session")
def spark_session() -> Iterator[Any]:
    """A local Spark session; needs the extra `spark` and Java."""
    sql = pytest.importorskip("pyspark.sql")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.default.parallelism", "2")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="session", params=["duckdb", pytest.param("spark", marks=ON_SPARK)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """DuckDB, and, where asked for with -m spark, PySpark."""
    if request.param == "duckdb":
        return DuckEngine(memory_limit_gb=0.5, threads=1)
    return SparkEngine(request.getfixturevalue("spark_session"))
