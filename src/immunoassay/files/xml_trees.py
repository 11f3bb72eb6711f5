"""XML documents, parsed without entities and outside references: they can open other files or exhaust the memory."""

from typing import TYPE_CHECKING

from immunoassay.files.opening import UnreadableError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

ENTITIES = "entities"  # it declares entities or outside references
BROKEN_XML = "broken_xml"  # it ends or breaks; the number is the line


def tree(data: bytes) -> "Element":
    """The root Element of a document. Raises UnreadableError."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        return fromstring(data)
    except DefusedXmlException as error:
        raise UnreadableError(ENTITIES) from error
    except ParseError as error:
        raise UnreadableError(BROKEN_XML, error.position[0]) from error
