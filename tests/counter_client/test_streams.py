"""A leg of the terminal learns from the view that the server gave it up."""

from aiortc import RTCPeerConnection, RTCSessionDescription

from counter_client.streams import MediaLeg, face_leg


async def answered_leg() -> tuple[MediaLeg, RTCPeerConnection]:
    leg, worker = face_leg(), RTCPeerConnection()
    await worker.setRemoteDescription(RTCSessionDescription(await leg.offer(), "offer"))
    await worker.setLocalDescription(await worker.createAnswer())
    await leg.answered(worker.localDescription.sdp)
    return leg, worker


async def test_a_leg_that_carried_and_is_no_longer_listed_is_lost_once() -> None:
    leg, worker = await answered_leg()
    try:
        said = [leg.lost(carries) for carries in (False, True, True, False, False)]
        assert said == [False, False, False, True, False]
    finally:
        await leg.close()
        await worker.close()


async def test_a_leg_without_an_answer_is_not_taken_for_the_one_before_it() -> None:
    leg = face_leg()
    try:
        assert [leg.lost(carries) for carries in (True, False)] == [False, False]
    finally:
        await leg.close()
