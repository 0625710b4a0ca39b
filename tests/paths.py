"""Folders of the checkout that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
OPEN_BODY = ROOT / "weights" / "body" / "open.safetensors"
