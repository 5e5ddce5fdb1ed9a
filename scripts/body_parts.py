#!/usr/bin/python3
"""Writes mapping/code/body_parts.inc: the terms of Body Part Examined and their codes, DICOM PS3.16 table L-1.

They are taken as facts from the file highdicom/_standard/anatomic_regions.json of the Python package highdicom, which
keeps them as the standard lists them: body_parts.py ANATOMIC_REGIONS.JSON.
"""

import json
import pathlib
import sys

terms = json.loads(pathlib.Path(sys.argv[1]).read_text())
lines = ["// PS3.16 table L-1, sorted by term. Made by scripts/body_parts.py."]
for term, (scheme, code, meaning, _) in sorted(terms.items()):
    assert scheme in ("SCT", "DCM") and meaning.isascii() and '"' not in meaning, (term, scheme, code, meaning)
    lines.append(f'{{"{term}", {"snomed_system" if scheme == "SCT" else "dcm_system"}, "{code}", "{meaning}"}},')
(pathlib.Path(__file__).parent.parent / "mapping/code/body_parts.inc").write_text("\n".join(lines) + "\n")
