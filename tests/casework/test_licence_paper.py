"""The licence on paper: the same bytes each time, archival, and nothing blank."""

import hashlib
import io
import json
import subprocess
from pathlib import Path

import msgspec
import pikepdf
import pikepdf.pdfa
import pypdfium2
import pytest
from PIL import Image as Picture

from casework.errors import LicenceTooLong, MissingGlyph
from casework.licence_record import CopyMark
from casework.licence_templates import LicenceTemplate
from casework.papers.archival import embedded_source
from casework.papers.licence import SOURCE, Drawn, make_licence
from casework.signing.notary import Notary
from casework.signing.verdicts import agreed, verify_pdf
from tests.builders import has
from tests.licence_builders import (
    AUTHORITY,
    COPY,
    LONG_SCOPE,
    a_code,
    a_drawing,
    a_record,
    the_template,
)

A4, A3 = (842, 595), (1191, 842)


def findings(pdf: bytes) -> list[object]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return list(pikepdf.pdfa.check(document, "3b").findings)


def violations(pdf: bytes) -> list[object]:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        found = pikepdf.pdfa.check(document, "3b").findings
        return [one for one in found if one.kind == "violation"]


def sealed(pdf: bytes) -> bytes:
    return Notary(AUTHORITY).seal(pdf, "Seal").pdf


def text_in(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return str(document[0].get_textpage().get_text_bounded())


def an_emblem() -> bytes:
    out = io.BytesIO()
    Picture.new("RGBA", (64, 64), (160, 30, 30, 200)).save(out, "PNG")
    return out.getvalue()


def with_emblem() -> LicenceTemplate:
    return msgspec.structs.replace(the_template(), emblem_png=an_emblem())


def test_the_same_record_is_the_same_bytes() -> None:
    digests = {hashlib.sha256(make_licence(a_drawing())).digest() for _ in range(2)}

    assert len(digests) == 1
    assert make_licence(a_drawing(a_record(company="另一家"))) != make_licence(
        a_drawing()
    )


@pytest.mark.parametrize("emblem", [False, True])
def test_a_checker_for_archives_finds_nothing_before_and_after_the_seal(
    emblem: bool,
) -> None:
    template = with_emblem() if emblem else the_template()
    pdf = make_licence(a_drawing(template=template))

    assert findings(pdf) == []
    # The checker does not know forms, of which a signature is one: no violation then.
    assert violations(sealed(pdf)) == []
    [verdict] = verify_pdf(sealed(pdf), agreed(AUTHORITY.root.certificate))
    assert verdict.good


def test_its_record_lies_in_it_as_what_it_was_drawn_from() -> None:
    drawn = a_drawing()
    pdf = make_licence(drawn)

    data = embedded_source(pdf, SOURCE, 100_000)

    assert data is not None
    found = json.loads(data)
    assert found["record"] == msgspec.to_builtins(drawn.record)
    assert found["digest"] == drawn.record.digest().hex()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        [file] = document.Root.AF
        assert file.AFRelationship == "/Source"
        with document.open_metadata() as metadata:
            said = metadata["pdfaid:part"], metadata["pdfaid:conformance"]
            assert said == ("3", "B")


def test_every_font_is_embedded() -> None:
    with pikepdf.open(io.BytesIO(make_licence(a_drawing()))) as document:
        fonts = [one for one in document.objects if is_font(one)]
        assert fonts
        for font in fonts:
            assert "/FontFile2" in font.FontDescriptor


def is_font(one: pikepdf.Object) -> bool:
    return isinstance(one, pikepdf.Dictionary) and one.get("/Type") == "/Font"


@pytest.mark.parametrize("name", ["𠮷野家𡃁𨳒有限公司", "𣲷 & 龘 A<B>"])
def test_characters_of_rare_names_are_found_again(name: str, tmp_path: Path) -> None:
    pdf = make_licence(a_drawing(a_record(company=name)))

    assert name in text_in(pdf)
    if has("pdftotext"):
        path = tmp_path / "licence.pdf"
        path.write_bytes(pdf)
        told = subprocess.check_output(["pdftotext", "-layout", str(path), "-"])
        assert name in told.decode()


@pytest.mark.parametrize(
    "name", ["深圳\U00031350公司", "甲\ufffe乙", "a\u200bb", "e\u0301", "甲\t乙", "😀"]
)
def test_a_character_that_would_not_be_seen_stops_the_licence(name: str) -> None:
    with pytest.raises(MissingGlyph, match=r"U\+"):
        make_licence(a_drawing(a_record(company=name)))


def test_what_does_not_fit_is_refused_and_not_cut() -> None:
    assert LONG_SCOPE[-20:-1] in text_in(
        make_licence(a_drawing(a_record(scope=LONG_SCOPE)))
    ).replace("\r\n", "").replace("\n", "")
    with pytest.raises(LicenceTooLong):
        make_licence(a_drawing(a_record(scope=LONG_SCOPE * 5)))


@pytest.mark.parametrize(
    ("kind", "word", "size"), [("duplicate", "副本", A4), ("original", "正本", A3)]
)
def test_original_and_duplicate_have_their_own_paper(
    kind: str, word: str, size: tuple[int, int]
) -> None:
    drawn = a_drawing(copy=CopyMark(kind, 2))  # type: ignore[arg-type]  # one of two
    pdf = make_licence(drawn)

    with pypdfium2.PdfDocument(pdf) as document:
        assert document[0].get_size() == pytest.approx(size, abs=1)
    assert f"{word} " in text_in(pdf)


def test_portrait_and_one_column_are_data_too() -> None:
    old = the_template()
    fields = [msgspec.structs.replace(one, column=1) for one in old.fields]
    template = msgspec.structs.replace(
        old, layout="portrait", columns=1, fields=fields, colour="1F4E8A"
    )

    pdf = make_licence(a_drawing(template=template))

    with pypdfium2.PdfDocument(pdf) as document:
        assert document[0].get_size() == pytest.approx((595, 842), abs=1)
    assert findings(pdf) == []


def test_only_an_office_with_its_own_emblem_prints_no_specimen() -> None:
    record = msgspec.structs.replace(a_record(), specimen=False)
    own = Drawn(record, COPY, with_emblem(), a_code(record))

    assert "SPECIMEN" in text_in(make_licence(a_drawing()))
    assert "SPECIMEN" not in text_in(make_licence(own))


def test_where_to_check_it_stands_on_the_sheet() -> None:
    address = "https://office.example/licence-check/"
    template = msgspec.structs.replace(the_template(), check_at=address)

    assert address in text_in(make_licence(a_drawing(template=template)))


def test_microtext_names_this_very_record() -> None:
    drawn = a_drawing()

    assert drawn.record.digest().hex().upper() in text_in(make_licence(drawn))
