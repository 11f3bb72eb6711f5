"""A page as the text of its file: facts and tables without what must not leave the study, charts, and the script that draws."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from immunoassay.deliver import page_charts, page_data, page_tables, report_page
from immunoassay.deliver.page_privacy import Mask
from immunoassay.words import page_words


def text(
    facts: Mapping[str, Any],
    shown: Mapping[str, pd.DataFrame],
    mask: Mask,
    charts: str,
    sections: Sequence[str] = report_page.SECTIONS,
) -> str:
    """The page of `facts` (page_facts) and tables {name: frame}, masked, with these sections.

    `charts` is the script that draws the charts.
    """
    told = mask.document(dict(facts))
    masked = {name: mask.frame(frame) for name, frame in shown.items()}
    block = page_data.block(
        told,
        masked,
        page_charts.given(),
        {"vega": charts},
        page_tables.EXACT,
        page_tables.COARSE,
        page_tables.JOINS,
        page_tables.FORMULAS,
    )
    return report_page.html(told["title"], block, page_words.FRAME, [report_page.sha256(charts)], sections)
