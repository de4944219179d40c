"""Facts that stop a piece of casework."""


class CaseworkError(Exception):
    """Base of every error that a person can act on.

    ``code`` is stable, goes over the wire and is a key of ``texts.json``: what
    people read is looked up there in their own language. The text is for logs
    and never holds personal data.
    """

    code = "internal"


class NotFound(CaseworkError):
    """There is no such thing, or it is not yours: the two are not told apart."""

    code = "not-found"


class RecordingDestroyed(NotFound):
    """The recording was deleted by destroying its key."""

    code = "recording-destroyed"


class CaseDestroyed(NotFound):
    """The case was deleted by destroying its key; its entries in the log remain."""

    code = "case-destroyed"


class NotAllowedNow(CaseworkError):
    """The table of moves has no such move from the present state."""

    code = "not-allowed-now"


class PaperFromLink(CaseworkError):
    """The paper has to come from the phone of the signer whom the clerk sent a link."""

    code = "paper-from-link"


class SealMissing(CaseworkError):
    """The paper that is to bear the company's seal has none that could be cut out."""

    code = "seal-missing"


class ChangedMeanwhile(CaseworkError):
    """Somebody else saved a newer version first."""

    code = "changed-meanwhile"


class AlreadyDone(CaseworkError):
    """This step has been applied before; nothing was changed."""

    code = "already-done"


class BadItem(CaseworkError):
    """A file in ``services/`` does not describe a service item."""

    code = "bad-item"


class BadTemplate(CaseworkError):
    """A file in ``services/licences/`` does not describe a licence."""

    code = "bad-template"


class BadCode(CaseworkError):
    """Not a licence's code, or nothing that this office's keys have signed."""

    code = "bad-code"


class BadKeys(CaseworkError):
    """Not an office's published set of keys."""

    code = "bad-keys"


class BadList(CaseworkError):
    """Not a list of withdrawn licences, or not signed by this office's keys."""

    code = "bad-list"


class FormIncomplete(CaseworkError):
    """The form does not satisfy the item's schema; the text names the field."""

    code = "form-incomplete"


class MaterialsMissing(CaseworkError):
    """A paper has not been accepted yet."""

    code = "materials-missing"


class MissingGlyph(CaseworkError):
    """No font has this character, so the paper is not made at all."""

    code = "missing-glyph"


class LicenceTooLong(CaseworkError):
    """What the licence has to say does not fit on its paper in a legible size."""

    code = "licence-too-long"


class NotTheseBytes(CaseworkError):
    """What was signed or sent is not what was shown or announced."""

    code = "not-these-bytes"


class NotStored(CaseworkError):
    """The object store does not give back what it was given."""

    code = "not-stored"


class BadSignature(CaseworkError):
    """Too few strokes to be a signature, or pages that were never shown."""

    code = "bad-signature"


class BadNumber(CaseworkError):
    """Not an acceptance number: wrong length or wrong check digit."""

    code = "bad-number"


class WrongReleaseCode(CaseworkError):
    """Number and code do not belong together."""

    code = "wrong-release-code"


class WrongReleaseDocument(CaseworkError):
    """Number and identity document do not belong together."""

    code = "wrong-release-document"


class ReleaseNeedsCode(CaseworkError):
    """An identity document does not open this release: the code does."""

    code = "release-needs-code"


class ReleaseNeedsDocument(CaseworkError):
    """The code alone does not open this release: the holder's document does."""

    code = "release-needs-document"


class ReleaseNeedsFace(CaseworkError):
    """Code or document are right; now the face has to be looked at."""

    code = "release-needs-face"


class ReleaseNeedsPerson(CaseworkError):
    """A member of staff has to look at the face before it goes on."""

    code = "release-needs-person"


class FaceTooLate(CaseworkError):
    """Code or document were given too long ago for a look at the face."""

    code = "face-too-late"


class LicenceNotReady(CaseworkError):
    """Number and code are right, but nothing has been issued yet."""

    code = "licence-not-ready"


class LicenceNotInForce(CaseworkError):
    """The licence is suspended, revoked or has run out: it is not printed."""

    code = "licence-not-in-force"


class ReleaseLocked(CaseworkError):
    """Too many wrong codes: a person has to help."""

    code = "release-locked"


class ReleaseUsed(CaseworkError):
    """A release is used once, by one station, within fifteen minutes."""

    code = "release-used"


class WindowUnsettled(CaseworkError):
    """What became of the sheet before is not known at this window yet."""

    code = "window-unsettled"


class PaperMissing(CaseworkError):
    """The item is printed on numbered paper, and the tray holds none."""

    code = "paper-missing"


class BadBatch(CaseworkError):
    """First and last number of a batch do not belong together, or are known."""

    code = "bad-batch"


class BooksDiffer(CaseworkError):
    """Fewer or more sheets were counted in the tray than the books say."""

    code = "books-differ"


class PhotoMissing(CaseworkError):
    """A spoiled sheet is kept with its photograph, taken by a person."""

    code = "photo-missing"


class ReasonMissing(CaseworkError):
    """A decision that needs a word of why, without one."""

    code = "reason-missing"


class ChatTooFast(CaseworkError):
    """More lines in a minute than a person writes."""

    code = "chat-too-fast"


class Unreadable(CaseworkError):
    """Stored bytes that do not decrypt or parse: changed, or the key is gone."""

    code = "unreadable"


class TooManyPages(CaseworkError):
    """The paper has as many pages as its item takes."""

    code = "too-many-pages"


class LogForked(CaseworkError):
    """The evidence log is not the continuation of what its witness has seen."""

    code = "log-forked"


class EvidenceUnavailable(CaseworkError):
    """The log could not be witnessed for too long, so nothing more is begun."""

    code = "evidence-unavailable"


class DossierTooLarge(CaseworkError):
    """With its films a dossier would be larger than an archive of ours can be."""

    code = "dossier-too-large"


class WitnessIsAt(CaseworkError):
    """The last checkpoint that a witness cosigned has ``size`` entries."""

    code = "log-forked"

    def __init__(self, size: int) -> None:
        super().__init__(str(size))
        self.size = size
