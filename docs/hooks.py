"""A link out of docs/ leads into the repository on the site too, or nowhere where its address is not told."""

import re

from mkdocs.config.defaults import MkDocsConfig

OUTWARD = re.compile(r"\[([^\]]+)\]\(\.\./([^)]+)\)")


def on_page_markdown(markdown: str, *, config: MkDocsConfig, **_: object) -> str:
    target = rf"[\1]({config.repo_url}/blob/main/\2)" if config.repo_url else r"\1"
    return OUTWARD.sub(target, markdown)
