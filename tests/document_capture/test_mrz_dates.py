"""Two digits name a year; which century it is in follows from the paper."""

import pytest

from document_capture.mrz_dates import birth_date, expiry_date


@pytest.mark.parametrize(
    ("six", "year"),
    [("690101", "2069"), ("700101", "1970"), ("311231", "2031")],
)
def test_the_century_in_which_a_paper_expires(six: str, year: str) -> None:
    assert expiry_date(six)[:4] == year


@pytest.mark.parametrize(
    ("six", "expiry", "year"),
    [
        pytest.param("740812", "2031-01-01", "1974", id="in the last century"),
        pytest.param("120812", "2031-01-01", "2012", id="a child"),
        pytest.param("310812", "2031-01-01", "1931", id="not after the paper expires"),
        pytest.param("400101", "", "2040", id="as late as is thought of"),
        pytest.param("410101", "", "1941", id="no later, without an expiry"),
    ],
)
def test_the_century_of_a_birth(six: str, expiry: str, year: str) -> None:
    assert birth_date(six, expiry)[:4] == year
