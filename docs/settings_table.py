"""Write the table of settings in `docs/operations.md` from `service/settings.py`."""

from pathlib import Path

from service.settings import Settings

PAGE = Path(__file__).with_name("operations.md")
START, END = "<!-- settings: made by docs/settings_table.py -->\n", "<!-- end of settings -->"


def table() -> str:
    """Return the Markdown table of all settings: variable, default, meaning."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        meaning = " ".join((field.description or "").split())
        rows.append(f"| `HMR_{name.upper()}` | {default} | {meaning} |")
    return "\n".join(rows) + "\n"


def updated(page: str) -> str:
    """Return a page with the table between its markers replaced by the current one."""
    before, rest = page.split(START)
    _, after = rest.split(END)
    return before + START + table() + END + after


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
