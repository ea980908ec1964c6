"""Write CSV files batch by batch."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from numpy.typing import NDArray

from riskstrat.synthetic.timeline import BoolArray, IntArray, year_label

_OPTIONS = pacsv.WriteOptions(include_header=False, quoting_style="none")
CsvColumns = dict[str, pa.Array]


def dates(days: IntArray, missing: BoolArray | None = None) -> pa.Array:
    """Turn days since 1970 into dates, null where `missing`."""
    return pa.array(days.astype(np.int32), mask=missing).cast(pa.date32())


def pick(labels: Sequence[str], places: NDArray[np.integer]) -> pa.Array:
    """Look up labels by position."""
    return pa.array(labels, pa.string()).take(pa.array(places))


def draw_labels(chances: Mapping[str, float], rows: int, rng: np.random.Generator) -> pa.Array:
    """Draw labels with their chances."""
    return pick(list(chances), rng.choice(len(chances), rows, p=list(chances.values())))


def text(values: NDArray[np.integer] | NDArray[np.str_]) -> pa.Array:
    """Write values as strings."""
    return pa.array(values).cast(pa.string())


def padded(values: NDArray[np.integer], width: int) -> pa.Array:
    """Write whole numbers as strings with leading zeros."""
    return pc.utf8_lpad(text(values), width, "0")


def fixed(value: str, rows: int) -> pa.Array:
    """Repeat a string on every row."""
    return pa.repeat(pa.scalar(value, pa.string()), rows)


def blank_where(column: pa.Array, where: BoolArray, value: str | None = None) -> pa.Array:
    """Put `value` (or null) into a column where the mask is true."""
    return pc.if_else(pa.array(where), pa.scalar(value, column.type), column)


def lsoa(area: IntArray) -> pa.Array:
    """Write codes of small areas by position."""
    return pc.binary_join_element_wise("E01", padded(1000 + 17 * area, 6), "")


class CsvExtract(ExitStack):
    """Open CSV files of one extract (`.csv.gz` if compressed), to which batches are appended."""

    def __init__(self, folder: Path, compress: bool) -> None:
        super().__init__()
        self.folder, self.compress = folder, compress
        self.files: dict[str, pa.NativeFile] = {}

    def append(self, name: str, columns: CsvColumns) -> None:
        """Append rows to `<folder>/<name>.csv`, with a header if it is new."""
        table = pa.table(columns)
        if name not in self.files:
            self.files[name] = self.enter_context(self._open(name))
            self.files[name].write((",".join(table.column_names) + "\n").encode())
        if table.num_rows:
            pacsv.write_csv(table, self.files[name], _OPTIONS)

    def append_years(self, name: str, columns: CsvColumns, rows: Mapping[int, BoolArray]) -> None:
        """Append to the file of each financial year the rows chosen for it."""
        table = pa.table(columns)
        for year, chosen in rows.items():
            part = table.take(pa.array(np.flatnonzero(chosen)))
            self.append(f"{name}_{year_label(year)}", dict(zip(part.column_names, part.columns, strict=True)))

    def _open(self, name: str) -> pa.NativeFile:
        path = self.folder / f"{name}.csv{'.gz' if self.compress else ''}"
        path.parent.mkdir(parents=True, exist_ok=True)
        return pa.output_stream(str(path), compression="gzip" if self.compress else None)
