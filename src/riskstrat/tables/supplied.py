"""Find the columns that a feature or an outcome needs and no extract supplies."""

from collections.abc import Collection, Iterable, Mapping

Carried = Mapping[str, Collection[str]]


def unmet(needs: Iterable[str], carried: Carried) -> list[str]:
    """List the needs that no extract meets.

    Parameters
    ----------
    needs : iterable of str
        ``table.column``, ``table`` for any of its columns, or several of these joined by `` or ``.

    Examples
    --------
    >>> unmet(("episodes.end_date or episodes.start_date", "episodes.provider", "deaths"), {"episodes": ["end_date"]})
    ['episodes.provider', 'deaths']
    """

    def met(one: str) -> bool:
        table, _, column = one.partition(".")
        return table in carried and (not column or column in carried[table])

    return [need for need in needs if not any(met(one) for one in need.split(" or "))]
