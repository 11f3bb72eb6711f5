"""The one place through which every text passes that the room words makes, on its way to a table, a figure or a page."""


def said(text: str) -> str:
    """The text as its reader gets it."""
    return text
