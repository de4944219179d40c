"""What the benchmark of licences measures is what an office issues."""

from bench.licence_peer import peer_licence
from bench.licence_sheets import a_record, an_office
from casework.licence_code import published_keys, read_code
from casework.signing.verdicts import agreed, verify_pdf
from casework.verify_licence import record_in


def test_every_licence_of_the_row_is_another_and_whole() -> None:
    office = an_office()
    keys = published_keys(office.authority, "")

    pdfs = [office.issued(number) for number in (1, 2)]

    for number, pdf in enumerate(pdfs, 1):
        record = record_in(pdf)
        assert record == a_record(office.template, number)
        [verdict] = verify_pdf(pdf, agreed(office.authority.root.certificate))
        assert verdict.good
        assert read_code(office.drawn(number).code, keys).agrees_with(record)


def test_the_peer_says_the_same_and_is_signed() -> None:
    office = an_office()
    record = a_record(office.template, 1)

    known = agreed(office.authority.root.certificate)
    [verdict] = verify_pdf(peer_licence(record, office.authority), known)

    assert verdict.intact
