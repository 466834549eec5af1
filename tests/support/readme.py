"""The README as its tests see it: blocks by language, commands one by one."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text()


def blocks(language):
    """The code blocks of a language, without their fences."""
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def commands():
    """Every command after a `$ `, with the lines that belong to it; comments are left out."""
    return [
        re.sub(r"  +# .*", "", command).strip()
        for block in blocks("console")
        for command in re.split(r"^\$ ", block, flags=re.MULTILINE)
        if command
    ]


def millrace_commands():
    """Those that start with `millrace`, also those in the text between backticks."""
    inline = re.findall(r"`(millrace [^`]+)`", TEXT)
    return [command for command in [*commands(), *inline] if command.startswith("millrace ")]


def links():
    """Targets of links, but for those to other sites."""
    return [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
