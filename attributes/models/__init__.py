from .audit import AuditEvent
from .corpora import Corpus, Invite, Membership, Role
from .definitions import Attribute, Definition, DefinitionExample, Level
from .embeddings import Encoder, ItemEmbedding
from .items import FrameSet, Item, ItemRevision, ItemSearch, Media, Upload
from .jobs import Job

__all__ = [
    "Attribute",
    "AuditEvent",
    "Corpus",
    "Definition",
    "DefinitionExample",
    "Encoder",
    "FrameSet",
    "Invite",
    "Item",
    "ItemEmbedding",
    "ItemRevision",
    "ItemSearch",
    "Job",
    "Level",
    "Media",
    "Membership",
    "Role",
    "Upload",
]
