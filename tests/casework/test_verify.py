"""What is offered for verification is read or refused, never believed by mistake."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.errors import Unreadable
from casework.verify import verify_dossier


@given(st.binary(max_size=300))
def test_garbage_is_no_dossier(data: bytes) -> None:
    with pytest.raises(Unreadable):
        verify_dossier(b"PK\x03\x04" + data)
