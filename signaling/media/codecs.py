"""What the worker has to know of codecs: where a picture can begin."""

VP8, H264, OPUS, RTX = "vp8", "h264", "opus", "rtx"
H264_PROFILES = ("42e01f", "42001f")
"""Constrained baseline and baseline, level 3.1 (RFC 6184 section 8.1)."""
SPS, IDR, STAP_A, FU_A = 7, 5, 24, 28
FU_START = 0x80


def begins_key_frame(codec: str, payload: bytes | memoryview) -> bool:
    """Whether an RTP payload is the first of a picture that needs no other."""
    if codec == VP8:
        return _vp8_key(payload)
    if codec == H264:
        return _h264_key(payload)
    return codec == OPUS


def _vp8_key(payload: bytes | memoryview) -> bool:
    """VP8 payload descriptor (RFC 7741 section 4.2), then bit P of the frame."""
    size = len(payload)
    if size < 1 or payload[0] & 0x17 != 0x10:  # S = 1, partition 0
        return False
    place = 1
    if payload[0] & 0x80:
        if size < 2:
            return False
        flags, place = payload[1], 2
        if flags & 0x80:
            place += 2 if size > 2 and payload[2] & 0x80 else 1
        place += bool(flags & 0x40) + bool(flags & 0x30)
    return place < size and not payload[place] & 1


def _h264_key(payload: bytes | memoryview) -> bool:
    """Parameter sets or an IDR slice, alone, bundled or cut (RFC 6184 section 5)."""
    if len(payload) < 2:
        return False
    kind = payload[0] & 0x1F
    if kind == STAP_A and len(payload) > 3:
        kind = payload[3] & 0x1F
    elif kind == FU_A:
        if not payload[1] & FU_START:
            return False
        kind = payload[1] & 0x1F
    return kind in {SPS, IDR}
